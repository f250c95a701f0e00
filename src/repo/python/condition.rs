//! Code that refuses to go on without a setting: `if not settings.google_api_key: raise …`.

use ruff_python_ast::{CmpOp, Expr, Stmt, UnaryOp};

use super::source::Source;
use crate::repo::fact::{Condition, Text};
use crate::source::Spanned;

/// Reads the statements of a function or module; `when` is what enclosing tests compare with.
pub fn read(source: &Source, body: &[Stmt], when: &mut Vec<String>, found: &mut Vec<Condition>) {
    for stmt in body {
        match stmt {
            Stmt::If(it) => {
                branch(source, (&it.test, &it.body), when, found);
                for clause in &it.elif_else_clauses {
                    match &clause.test {
                        Some(test) => branch(source, (test, &clause.body), when, found),
                        None => read(source, &clause.body, when, found),
                    }
                }
            }
            Stmt::Match(it) => {
                for case in &it.cases {
                    let n = when.len();
                    compared_pattern(source, &case.pattern, when);
                    read(source, &case.body, when, found);
                    when.truncate(n);
                }
            }
            Stmt::For(it) => read(source, &it.body, when, found),
            Stmt::While(it) => read(source, &it.body, when, found),
            Stmt::With(it) => read(source, &it.body, when, found),
            Stmt::Try(it) => read(source, &it.body, when, found),
            _ => {}
        }
    }
}

fn branch(source: &Source, (test, body): (&Expr, &[Stmt]), when: &mut Vec<String>, found: &mut Vec<Condition>) {
    let n = when.len();
    compared(source, test, when);
    if body.iter().any(refuses) {
        let mut missing = Vec::new();
        absent(source, test, &mut missing);
        for needs in missing {
            let is_always = when.is_empty();
            found.push(Condition { needs, when: when.clone(), is_always, in_test: source.input.in_test });
        }
    }
    read(source, body, when, found);
    when.truncate(n);
}

/// Returns whether a statement ends the run: `raise`, `sys.exit()`.
pub fn refuses(stmt: &Stmt) -> bool {
    match stmt {
        Stmt::Raise(_) => true,
        Stmt::Expr(it) => match &*it.value {
            Expr::Call(call) => match &*call.func {
                Expr::Attribute(it) => it.attr.id == "exit",
                Expr::Name(it) => it.id == "exit",
                _ => false,
            },
            _ => false,
        },
        _ => false,
    }
}

/// Collects the strings that a test compares something with.
fn compared(source: &Source, test: &Expr, when: &mut Vec<String>) {
    match test {
        Expr::BoolOp(it) => it.values.iter().for_each(|it| compared(source, it, when)),
        Expr::Compare(it) => match (&it.ops[..], &it.comparators[..]) {
            ([CmpOp::Eq], [right]) => {
                let literal = source.string(right).or_else(|| source.string(&it.left));
                // An enum's member is usually called like its value.
                let member = match right {
                    Expr::Attribute(it) => Some(it.attr.id.to_string()),
                    _ => None,
                };
                when.extend(literal.map(|it| it.value).or(member).map(|it| it.to_lowercase()));
            }
            ([CmpOp::In], [right]) => {
                when.extend(source.strings(right).into_iter().flatten().map(|it| it.value.to_lowercase()));
            }
            _ => {}
        },
        // `if settings.s3_enabled and …`: the flag's name, as a feature that is on.
        Expr::Attribute(it) => when.push(it.attr.id.to_lowercase()),
        _ => {}
    }
}

fn compared_pattern(source: &Source, pattern: &ruff_python_ast::Pattern, when: &mut Vec<String>) {
    match pattern {
        ruff_python_ast::Pattern::MatchValue(it) => match &*it.value {
            Expr::Attribute(it) => when.push(it.attr.id.to_lowercase()),
            value => when.extend(source.string(value).map(|it| it.value.to_lowercase())),
        },
        ruff_python_ast::Pattern::MatchOr(it) => it.patterns.iter().for_each(|it| compared_pattern(source, it, when)),
        _ => {}
    }
}

/// Collects the attributes that a test finds missing: `not x.a`, `x.a is None`, `x.a == ""`.
fn absent(source: &Source, test: &Expr, found: &mut Vec<Text>) {
    let attribute = |it: &Expr| match it {
        Expr::Attribute(it) => Some(Spanned::new(it.attr.id.to_string(), source.span(it.attr.range))),
        _ => None,
    };
    match test {
        Expr::UnaryOp(it) if it.op == UnaryOp::Not => match &*it.operand {
            Expr::BoolOp(inner) => found.extend(inner.values.iter().filter_map(attribute)),
            operand => found.extend(attribute(operand)),
        },
        Expr::BoolOp(it) => it.values.iter().for_each(|it| absent(source, it, found)),
        Expr::Compare(it) => match (&it.ops[..], &it.comparators[..]) {
            ([CmpOp::Is], [right]) if right.is_none_literal_expr() => found.extend(attribute(&it.left)),
            ([CmpOp::Eq], [right]) if source.string(right).is_some_and(|it| it.value.is_empty()) => {
                found.extend(attribute(&it.left));
            }
            _ => {}
        },
        _ => {}
    }
}
