//! What an annotation says about the values of a field.

use ruff_python_ast::{Expr, ExprCall, Operator};

use super::source::{Source, is_url_type};
use crate::repo::fact::{FieldType, JsonShape};

/// What is known of an annotation.
pub struct Annotation<'a> {
    /// What a value must look like. [`FieldType::Model`] holds the dotted name of any class until it is linked.
    pub type_: FieldType,
    /// Whether `None` is among the types.
    pub is_optional: bool,
    /// Whether it is `ClassVar[…]`, which is no field.
    pub is_class_var: bool,
    /// Whether `NoDecode` keeps the text from being read as JSON.
    pub no_decode: bool,
    /// Whether something like `BeforeValidator` sees the value before its type is checked.
    pub is_validated_before: bool,
    /// `Field(…)` within `Annotated[…]`.
    pub field: Option<&'a ExprCall>,
}

/// Reads an annotation.
pub fn read<'a>(source: &Source<'a>, expr: &'a Expr) -> Annotation<'a> {
    let mut annotation = Annotation {
        type_: FieldType::Other,
        is_optional: false,
        is_class_var: false,
        no_decode: false,
        is_validated_before: false,
        field: None,
    };
    let types = take_apart(source, expr, &mut annotation, 0);
    annotation.type_ = join(types);
    annotation
}

/// How deep types may nest before we stop looking.
const MAX_DEPTH: usize = 8;

/// Returns the members of a union, `None` left out.
fn take_apart<'a>(source: &Source<'a>, expr: &'a Expr, found: &mut Annotation<'a>, depth: usize) -> Vec<FieldType> {
    if depth > MAX_DEPTH {
        return vec![FieldType::Other];
    }
    match expr {
        Expr::NoneLiteral(_) => {
            found.is_optional = true;
            Vec::new()
        }
        Expr::BinOp(it) if it.op == Operator::BitOr => {
            let mut types = take_apart(source, &it.left, found, depth + 1);
            types.extend(take_apart(source, &it.right, found, depth + 1));
            types
        }
        Expr::StringLiteral(it) => match by_name(it.value.to_str().rsplit('.').next().unwrap_or("")) {
            Some(type_) => vec![type_],
            None => vec![FieldType::Other],
        },
        Expr::Subscript(it) => {
            let meaning = source.meaning(&it.value).unwrap_or_default();
            let name = meaning.rsplit('.').next().unwrap_or("");
            let slice = &*it.slice;
            let items = || match slice {
                Expr::Tuple(it) => it.elts.iter().collect::<Vec<_>>(),
                one => vec![one],
            };
            match name {
                "Optional" => {
                    found.is_optional = true;
                    take_apart(source, slice, found, depth + 1)
                }
                "Union" => items().into_iter().flat_map(|it| take_apart(source, it, found, depth + 1)).collect(),
                "Final" | "Required" => take_apart(source, slice, found, depth + 1),
                "Annotated" => annotated(source, &items(), found, depth),
                "ClassVar" => {
                    found.is_class_var = true;
                    Vec::new()
                }
                "Literal" => vec![literal(source, &items(), found)],
                "Json" => vec![FieldType::Json(JsonShape::Any)],
                _ => vec![by_name(name).unwrap_or(FieldType::Other)],
            }
        }
        Expr::Call(it) => {
            let meaning = source.meaning(&it.func).unwrap_or_default();
            let name = meaning.rsplit('.').next().unwrap_or("");
            let type_ = match name {
                "conint" => FieldType::Integer,
                "confloat" => FieldType::Float,
                "constr" => FieldType::Text,
                "conlist" | "conset" => FieldType::Json(JsonShape::List),
                _ => FieldType::Other,
            };
            vec![type_]
        }
        Expr::Name(_) | Expr::Attribute(_) => named(source, expr, found, depth),
        _ => vec![FieldType::Other],
    }
}

fn named<'a>(source: &Source<'a>, expr: &'a Expr, found: &mut Annotation<'a>, depth: usize) -> Vec<FieldType> {
    let Some(meaning) = source.meaning(expr) else { return vec![FieldType::Other] };
    let name = meaning.rsplit('.').next().unwrap_or("");
    if name == "ClassVar" {
        found.is_class_var = true;
        return Vec::new();
    }
    if let Some(type_) = by_name(name) {
        return vec![type_];
    }
    if let Expr::Name(it) = expr
        && let Some(alias) = source.constants.get(it.id.as_str())
        && matches!(alias, Expr::Subscript(_) | Expr::BinOp(_))
    {
        return take_apart(source, alias, found, depth + 1);
    }
    vec![FieldType::Model(meaning.into_owned())]
}

fn annotated<'a>(source: &Source<'a>, items: &[&'a Expr], found: &mut Annotation<'a>, depth: usize) -> Vec<FieldType> {
    let Some((first, notes)) = items.split_first() else { return Vec::new() };
    for note in notes {
        let callee = match note {
            Expr::Call(it) => &*it.func,
            other => other,
        };
        let meaning = source.meaning(callee).unwrap_or_default();
        match meaning.rsplit('.').next().unwrap_or("") {
            "NoDecode" => found.no_decode = true,
            "BeforeValidator" | "PlainValidator" | "WrapValidator" => found.is_validated_before = true,
            "Field" => {
                if let Expr::Call(it) = note {
                    found.field = Some(it);
                }
            }
            _ => {}
        }
    }
    take_apart(source, first, found, depth + 1)
}

fn literal(source: &Source, items: &[&Expr], found: &mut Annotation) -> FieldType {
    let mut values = Vec::new();
    for item in items {
        if item.is_none_literal_expr() {
            found.is_optional = true;
        } else if let (Expr::StringLiteral(_), Some(value)) = (item, source.env_text(item)) {
            values.push(value);
        } else {
            // Numbers and booleans of a `Literal` never equal the text of a variable; enum members may.
            return FieldType::Other;
        }
    }
    FieldType::OneOf(values)
}

/// Returns the type of a well-known name.
fn by_name(name: &str) -> Option<FieldType> {
    Some(match name {
        "str" | "EmailStr" | "NameEmail" | "AnyStr" => FieldType::Text,
        "SecretStr" | "SecretBytes" => FieldType::Secret,
        "int" | "PositiveInt" | "NegativeInt" | "NonNegativeInt" | "NonPositiveInt" | "StrictInt" => FieldType::Integer,
        "float" | "PositiveFloat" | "NonNegativeFloat" | "NegativeFloat" | "FiniteFloat" => FieldType::Float,
        "bool" => FieldType::Boolean,
        "list" | "List" | "set" | "Set" | "tuple" | "Tuple" | "frozenset" | "FrozenSet" | "Sequence" | "deque" => {
            FieldType::Json(JsonShape::List)
        }
        "dict" | "Dict" | "Mapping" | "MutableMapping" => FieldType::Json(JsonShape::Mapping),
        "Iterable" | "Collection" => FieldType::Json(JsonShape::Any),
        "Path" | "FilePath" | "DirectoryPath" | "NewPath" | "PurePath" => FieldType::Path,
        "Any" | "object" | "bytes" | "Decimal" | "datetime" | "date" | "time" | "timedelta" | "UUID" | "UUID4"
        | "IPvAnyAddress" | "Pattern" | "Callable" | "Type" | "type" | "Enum" | "ZoneInfo" | "ByteSize" | "Self" => {
            FieldType::Other
        }
        _ if is_url_type(name) => FieldType::Url,
        _ => return None,
    })
}

/// Returns what a union of types accepts. Text among them accepts everything: pydantic-settings tries JSON for a
/// list beside it and goes on with the text if that fails.
fn join(mut types: Vec<FieldType>) -> FieldType {
    types.dedup();
    match types.len() {
        1 => types.remove(0),
        _ if types.contains(&FieldType::Secret) => FieldType::Secret,
        _ if types.contains(&FieldType::Text) => FieldType::Text,
        _ => FieldType::Other,
    }
}
