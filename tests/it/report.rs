//! One realistic report in every format, and what no text or span may ever do to them.

use std::collections::BTreeMap;

use expect_test::expect;
use proptest::prelude::*;
use serde_json::json;
use specc::diag::Applicability;
use specc::diag::Code;
use specc::diag::Diagnostic;
use specc::diag::Edit;
use specc::diag::Fix;
use specc::diag::Label;
use specc::diag::Level;
use specc::report::Format;
use specc::report::Hidden;
use specc::report::Options;
use specc::report::RuleDoc;
use specc::report::Silencer;
use specc::report::Summary;
use specc::report::Suppressed;
use specc::report::fingerprint;
use specc::report::harmless;
use specc::report::render;
use specc::source::FileId;
use specc::source::Sources;
use specc::source::Span;

const COMPOSE: &str = "\
services:
  gateway:
    image: gateway:1
    environment:
      ORCHESTRATOR_URL: http://orchestrator:8000
  worker:
    image: worker:1
";

const SETTINGS: &str = "\
class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix=\"GATEWAY_\")

    orchestrator_url: str = \"http://localhost:8000\"
";

/// Marks the first place where `marked` stands in a text.
fn span(sources: &Sources, path: &str, marked: &str) -> Span {
    let file = sources.find(path).unwrap();
    let at = sources.text(file).find(marked).unwrap();
    Span::new(file, at, at + marked.len())
}

/// A finding over two files with help and fix, one at the end of a file, one without a place.
fn realistic() -> (Vec<Diagnostic>, Sources, Options) {
    let mut sources = Sources::default();
    sources.add("deploy/docker-compose.yml", COMPOSE);
    sources.add("gateway/settings.py", SETTINGS);
    let key = span(&sources, "deploy/docker-compose.yml", "ORCHESTRATOR_URL");
    let unread = Code { id: "ENV004", name: "env-set-but-unread" };
    let unmounted = Code { id: "MNT001", name: "file-not-mounted" };
    let compose = sources.find("deploy/docker-compose.yml").unwrap();
    let end = Span::new(compose, COMPOSE.len(), COMPOSE.len());
    let diagnostics = vec![
        Diagnostic::new(unread, Level::Error, key, "`ORCHESTRATOR_URL` is set for `gateway`, which never reads it")
            .label("set here")
            .also(span(&sources, "gateway/settings.py", "orchestrator_url"), "read as `GATEWAY_ORCHESTRATOR_URL`")
            .also(span(&sources, "gateway/settings.py", "GATEWAY_"), "because of this prefix")
            .help("set `GATEWAY_ORCHESTRATOR_URL` instead; until then the default `http://localhost:8000` is used")
            .fix(
                "rename it to `GATEWAY_ORCHESTRATOR_URL`",
                Applicability::Unsafe,
                vec![Edit { span: key, replacement: "GATEWAY_ORCHESTRATOR_URL".to_string() }],
            ),
        Diagnostic::new(unmounted, Level::Warning, end, "`worker` mounts nothing").fix(
            "mount its configuration",
            Applicability::Safe,
            vec![Edit { span: end, replacement: "    volumes:\n      - ./w.yml:/w.yml:ro\n".to_string() }],
        ),
        Diagnostic::placeless(Code { id: "CFG010", name: "no-spec" }, Level::Info, "there is no spec to compare with")
            .help("write one with `specc init`"),
    ];
    let url = Some("https://specc.dev/rules/ENV004".to_string());
    let doc = RuleDoc {
        name: "env-set-but-unread".to_string(),
        summary: "Finds variables that are set for a service which never reads them.".to_string(),
        text: "Set the name that the code reads.".to_string(),
        url,
    };
    let summary = Summary {
        suppressed: 2,
        read: vec![("compose files".to_string(), 1), ("Python files".to_string(), 1)],
        notes: vec!["skipped `data.bin`: not text".to_string()],
        ..Summary::of(&diagnostics)
    };
    let rules = BTreeMap::from([("ENV004".to_string(), doc)]);
    let options = Options { rules, summary, ..Options::default() };
    (diagnostics, sources, options)
}

fn realistic_in(format: Format) -> String {
    let (diagnostics, sources, options) = realistic();
    render(format, &diagnostics, &sources, &options)
}

#[test]
fn human_marks_every_place_and_shows_the_fix_as_a_patch() {
    expect![[r#"
        error[ENV004 env-set-but-unread]: `ORCHESTRATOR_URL` is set for `gateway`, which never reads it
         --> deploy/docker-compose.yml:5:7
          |
        5 |       ORCHESTRATOR_URL: http://orchestrator:8000
          |       ^^^^^^^^^^^^^^^^ set here
          |
         ::: gateway/settings.py:2:51
          |
        2 |     model_config = SettingsConfigDict(env_prefix="GATEWAY_")
          |                                                   -------- because of this prefix
        3 |
        4 |     orchestrator_url: str = "http://localhost:8000"
          |     ---------------- read as `GATEWAY_ORCHESTRATOR_URL`
          |
          = help: set `GATEWAY_ORCHESTRATOR_URL` instead; until then the default `http://localhost:8000` is used
        unsafe fix: rename it to `GATEWAY_ORCHESTRATOR_URL`
          |
        5 |       GATEWAY_ORCHESTRATOR_URL: http://orchestrator:8000
          |       ++++++++

        warning[MNT001 file-not-mounted]: `worker` mounts nothing
         --> deploy/docker-compose.yml:8:1
          |
        8 |
          | ^
          |
        fix: mount its configuration
          |
        8 +     volumes:
        9 +       - ./w.yml:/w.yml:ro
          |

        info[CFG010 no-spec]: there is no spec to compare with
         |
         = help: write one with `specc init`

        1 error, 1 warning, 1 info; 2 suppressed
        read 1 compose file, 1 Python file
        note: skipped `data.bin`: not text
    "#]]
    .assert_eq(&realistic_in(Format::Human));
}

#[test]
fn concise_is_one_line_a_finding() {
    expect![[r#"
        deploy/docker-compose.yml:5:7: error[ENV004] `ORCHESTRATOR_URL` is set for `gateway`, which never reads it
        deploy/docker-compose.yml:8:1: warning[MNT001] [*] `worker` mounts nothing
        info[CFG010] there is no spec to compare with
        1 error, 1 warning, 1 info; 2 suppressed
        note: skipped `data.bin`: not text
    "#]]
    .assert_eq(&realistic_in(Format::Concise));
}

#[test]
#[expect(clippy::too_many_lines, reason = "the text is the test")]
fn json_has_every_place_in_characters_and_edits_also_in_bytes() {
    expect![[r#"
        {
          "version": 1,
          "findings": [
            {
              "code": "ENV004",
              "name": "env-set-but-unread",
              "severity": "error",
              "message": "`ORCHESTRATOR_URL` is set for `gateway`, which never reads it",
              "path": "deploy/docker-compose.yml",
              "line": 5,
              "column": 7,
              "end_line": 5,
              "end_column": 23,
              "related": [
                {
                  "path": "gateway/settings.py",
                  "line": 4,
                  "column": 5,
                  "message": "read as `GATEWAY_ORCHESTRATOR_URL`"
                },
                {
                  "path": "gateway/settings.py",
                  "line": 2,
                  "column": 51,
                  "message": "because of this prefix"
                }
              ],
              "help": "set `GATEWAY_ORCHESTRATOR_URL` instead; until then the default `http://localhost:8000` is used",
              "fix": {
                "title": "rename it to `GATEWAY_ORCHESTRATOR_URL`",
                "applicability": "unsafe",
                "edits": [
                  {
                    "path": "deploy/docker-compose.yml",
                    "start": 65,
                    "end": 81,
                    "line": 5,
                    "column": 7,
                    "end_line": 5,
                    "end_column": 23,
                    "replacement": "GATEWAY_ORCHESTRATOR_URL"
                  }
                ]
              }
            },
            {
              "code": "MNT001",
              "name": "file-not-mounted",
              "severity": "warning",
              "message": "`worker` mounts nothing",
              "path": "deploy/docker-compose.yml",
              "line": 8,
              "column": 1,
              "end_line": 8,
              "end_column": 1,
              "related": [],
              "help": null,
              "fix": {
                "title": "mount its configuration",
                "applicability": "safe",
                "edits": [
                  {
                    "path": "deploy/docker-compose.yml",
                    "start": 138,
                    "end": 138,
                    "line": 8,
                    "column": 1,
                    "end_line": 8,
                    "end_column": 1,
                    "replacement": "    volumes:\n      - ./w.yml:/w.yml:ro\n"
                  }
                ]
              }
            },
            {
              "code": "CFG010",
              "name": "no-spec",
              "severity": "info",
              "message": "there is no spec to compare with",
              "path": null,
              "line": null,
              "column": null,
              "end_line": null,
              "end_column": null,
              "related": [],
              "help": "write one with `specc init`",
              "fix": null
            }
          ],
          "summary": {
            "errors": 1,
            "warnings": 1,
            "infos": 1,
            "suppressed": 2,
            "fixed": null,
            "fixable": 0,
            "fixable_unsafely": 0,
            "read": {
              "compose files": 1,
              "Python files": 1
            },
            "notes": [
              "skipped `data.bin`: not text"
            ]
          }
        }
    "#]]
    .assert_eq(&realistic_in(Format::Json));
}

#[test]
fn json_escapes_what_a_terminal_would_obey_and_still_means_the_same() {
    let hostile = "\u{9b}31m \u{202e} \u{e0041} \u{1b}\n \"quoted\" \\";
    let code = Code { id: "SPEC002", name: "unknown-key" };
    let diagnostics = [Diagnostic::placeless(code, Level::Error, hostile)];
    let text = render(Format::Json, &diagnostics, &Sources::default(), &Options::default());
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(value["findings"][0]["message"], hostile);
    assert_eq!(value["findings"][0]["path"], serde_json::Value::Null);
}

#[test]
#[expect(clippy::too_many_lines, reason = "the text is the test")]
fn sarif_has_rules_places_fixes_and_fingerprints() {
    expect![[r#"
        {
          "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
          "version": "2.1.0",
          "runs": [
            {
              "tool": {
                "driver": {
                  "name": "specc",
                  "version": "0.1.0",
                  "informationUri": "https://github.com/specc-dev/specc",
                  "rules": [
                    {
                      "id": "CFG010",
                      "name": "no-spec",
                      "shortDescription": {
                        "text": "no-spec"
                      }
                    },
                    {
                      "id": "ENV004",
                      "name": "env-set-but-unread",
                      "shortDescription": {
                        "text": "Finds variables that are set for a service which never reads them."
                      },
                      "help": {
                        "text": "Set the name that the code reads.",
                        "markdown": "Set the name that the code reads."
                      },
                      "helpUri": "https://specc.dev/rules/ENV004"
                    },
                    {
                      "id": "MNT001",
                      "name": "file-not-mounted",
                      "shortDescription": {
                        "text": "file-not-mounted"
                      }
                    }
                  ]
                }
              },
              "columnKind": "unicodeCodePoints",
              "originalUriBaseIds": {
                "%SRCROOT%": {
                  "description": {
                    "text": "The root of the checked tree."
                  }
                }
              },
              "invocations": [
                {
                  "executionSuccessful": true,
                  "toolConfigurationNotifications": [
                    {
                      "level": "note",
                      "message": {
                        "text": "there is no spec to compare with\nwrite one with `specc init`"
                      },
                      "associatedRule": {
                        "id": "CFG010",
                        "index": 0
                      }
                    }
                  ],
                  "toolExecutionNotifications": [
                    {
                      "level": "note",
                      "message": {
                        "text": "skipped `data.bin`: not text"
                      }
                    }
                  ]
                }
              ],
              "results": [
                {
                  "ruleId": "ENV004",
                  "ruleIndex": 1,
                  "level": "error",
                  "message": {
                    "text": "`ORCHESTRATOR_URL` is set for `gateway`, which never reads it\nset `GATEWAY_ORCHESTRATOR_URL` instead; until then the default `http://localhost:8000` is used"
                  },
                  "locations": [
                    {
                      "physicalLocation": {
                        "artifactLocation": {
                          "uri": "deploy/docker-compose.yml",
                          "uriBaseId": "%SRCROOT%"
                        },
                        "region": {
                          "startLine": 5,
                          "startColumn": 7,
                          "endLine": 5,
                          "endColumn": 23
                        }
                      },
                      "message": {
                        "text": "set here"
                      }
                    }
                  ],
                  "partialFingerprints": {
                    "specc/v1": "067551757cc7e1e2d9e93fbec4f71f06"
                  },
                  "relatedLocations": [
                    {
                      "physicalLocation": {
                        "artifactLocation": {
                          "uri": "gateway/settings.py",
                          "uriBaseId": "%SRCROOT%"
                        },
                        "region": {
                          "startLine": 4,
                          "startColumn": 5,
                          "endLine": 4,
                          "endColumn": 21
                        }
                      },
                      "message": {
                        "text": "read as `GATEWAY_ORCHESTRATOR_URL`"
                      },
                      "id": 1
                    },
                    {
                      "physicalLocation": {
                        "artifactLocation": {
                          "uri": "gateway/settings.py",
                          "uriBaseId": "%SRCROOT%"
                        },
                        "region": {
                          "startLine": 2,
                          "startColumn": 51,
                          "endLine": 2,
                          "endColumn": 59
                        }
                      },
                      "message": {
                        "text": "because of this prefix"
                      },
                      "id": 2
                    }
                  ],
                  "fixes": [
                    {
                      "description": {
                        "text": "rename it to `GATEWAY_ORCHESTRATOR_URL`"
                      },
                      "artifactChanges": [
                        {
                          "artifactLocation": {
                            "uri": "deploy/docker-compose.yml",
                            "uriBaseId": "%SRCROOT%"
                          },
                          "replacements": [
                            {
                              "deletedRegion": {
                                "startLine": 5,
                                "startColumn": 7,
                                "endLine": 5,
                                "endColumn": 23
                              },
                              "insertedContent": {
                                "text": "GATEWAY_ORCHESTRATOR_URL"
                              }
                            }
                          ]
                        }
                      ]
                    }
                  ]
                },
                {
                  "ruleId": "MNT001",
                  "ruleIndex": 2,
                  "level": "warning",
                  "message": {
                    "text": "`worker` mounts nothing"
                  },
                  "locations": [
                    {
                      "physicalLocation": {
                        "artifactLocation": {
                          "uri": "deploy/docker-compose.yml",
                          "uriBaseId": "%SRCROOT%"
                        },
                        "region": {
                          "startLine": 8,
                          "startColumn": 1,
                          "endLine": 8,
                          "endColumn": 1
                        }
                      }
                    }
                  ],
                  "partialFingerprints": {
                    "specc/v1": "3f38047c1fb7caeb13f7966ceb9c6f2f"
                  },
                  "fixes": [
                    {
                      "description": {
                        "text": "mount its configuration"
                      },
                      "artifactChanges": [
                        {
                          "artifactLocation": {
                            "uri": "deploy/docker-compose.yml",
                            "uriBaseId": "%SRCROOT%"
                          },
                          "replacements": [
                            {
                              "deletedRegion": {
                                "startLine": 8,
                                "startColumn": 1,
                                "endLine": 8,
                                "endColumn": 1
                              },
                              "insertedContent": {
                                "text": "    volumes:\n      - ./w.yml:/w.yml:ro\n"
                              }
                            }
                          ]
                        }
                      ]
                    }
                  ]
                }
              ]
            }
          ]
        }
    "#]].assert_eq(&realistic_in(Format::Sarif));
}

#[test]
fn github_annotates_and_lists_every_finding() {
    expect![[r#"
        ::error file=deploy/docker-compose.yml,line=5,endLine=5,col=7,endColumn=23,title=ENV004 env-set-but-unread::`ORCHESTRATOR_URL` is set for `gateway`, which never reads it%0Agateway/settings.py:4:5: read as `GATEWAY_ORCHESTRATOR_URL`%0Agateway/settings.py:2:51: because of this prefix%0Ahelp: set `GATEWAY_ORCHESTRATOR_URL` instead; until then the default `http://localhost:8000` is used
        ::warning file=deploy/docker-compose.yml,line=8,endLine=8,col=1,endColumn=1,title=MNT001 file-not-mounted::`worker` mounts nothing
        ::notice title=CFG010 no-spec::there is no spec to compare with%0Ahelp: write one with `specc init`
        ::group::all findings
        - deploy/docker-compose.yml:5:7: error[ENV004] `ORCHESTRATOR_URL` is set for `gateway`, which never reads it
        - deploy/docker-compose.yml:8:1: warning[MNT001] `worker` mounts nothing
        - info[CFG010] there is no spec to compare with
        ::endgroup::
        - 1 error, 1 warning, 1 info; 2 suppressed
        - note: skipped `data.bin`: not text
    "#]].assert_eq(&realistic_in(Format::Github));
}

#[test]
fn github_is_told_about_the_annotations_it_drops() {
    let (diagnostics, sources, options) = realistic();
    let many = |n| render(Format::Github, &vec![diagnostics[0].clone(); n], &sources, &options);
    assert!(!many(10).contains("only the first 10"));
    assert!(many(11).contains("only the first 10"));
}

#[test]
fn github_runs_no_command_that_a_file_name_or_a_message_smuggles_in() {
    let mut sources = Sources::default();
    let file = sources.add("::stop-commands::x,y:%0A\n::set-env name=PATH::/tmp", "text\n");
    let code = Code { id: "SPEC002", name: "unknown-key" };
    let hostile = "first\n::add-mask::second ##[endgroup]\r::warning::third";
    let diagnostics = [Diagnostic::new(code, Level::Error, Span::new(file, 0, 4), hostile).help(hostile)];
    let text = render(Format::Github, &diagnostics, &sources, &Options::default());
    let commands: Vec<&str> = text.lines().filter(|it| it.trim_start().starts_with("::")).collect();
    let names: Vec<&str> = commands.iter().map(|it| it[2..].split([' ', ':']).next().unwrap()).collect();
    assert_eq!(names, ["error", "group", "endgroup"], "{text}");
    let listed = text.lines().filter(|it| !it.starts_with("::"));
    assert!(listed.into_iter().all(|it| !it.contains("##[")), "{text}");
}

#[test]
fn gitlab_has_a_place_and_a_fingerprint_for_every_finding() {
    expect![[r#"
        [
          {
            "description": "`ORCHESTRATOR_URL` is set for `gateway`, which never reads it (set `GATEWAY_ORCHESTRATOR_URL` instead; until then the default `http://localhost:8000` is used)",
            "check_name": "ENV004 env-set-but-unread",
            "fingerprint": "067551757cc7e1e2d9e93fbec4f71f06",
            "severity": "major",
            "location": {
              "path": "deploy/docker-compose.yml",
              "lines": {
                "begin": 5,
                "end": 5
              }
            }
          },
          {
            "description": "`worker` mounts nothing",
            "check_name": "MNT001 file-not-mounted",
            "fingerprint": "3f38047c1fb7caeb13f7966ceb9c6f2f",
            "severity": "minor",
            "location": {
              "path": "deploy/docker-compose.yml",
              "lines": {
                "begin": 8,
                "end": 8
              }
            }
          },
          {
            "description": "there is no spec to compare with (write one with `specc init`)",
            "check_name": "CFG010 no-spec",
            "fingerprint": "04272f701d4b3668f888f5ce36752cca",
            "severity": "info",
            "location": {
              "path": ".",
              "lines": {
                "begin": 1,
                "end": 1
              }
            }
          }
        ]
    "#]].assert_eq(&realistic_in(Format::Gitlab));
}

#[test]
fn like_findings_have_fingerprints_of_their_own() {
    let (diagnostics, sources, options) = realistic();
    let text = render(Format::Gitlab, &vec![diagnostics[0].clone(); 3], &sources, &options);
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    let prints: Vec<&str> = value.as_array().unwrap().iter().map(|it| it["fingerprint"].as_str().unwrap()).collect();
    let first = prints[0];
    assert_eq!(prints, [first, &format!("{first}-2"), &format!("{first}-3")]);
}

#[test]
fn junit_is_a_suite_a_file() {
    expect![[r#"
        <?xml version="1.0" encoding="UTF-8"?>
        <testsuites name="specc" tests="3" failures="2" errors="0">
          <testsuite name="deploy/docker-compose.yml" tests="2" failures="2" errors="0">
            <testcase classname="deploy/docker-compose.yml" name="ENV004 env-set-but-unread at 5:7">
              <failure message="`ORCHESTRATOR_URL` is set for `gateway`, which never reads it" type="error">deploy/docker-compose.yml:5:7: error[ENV004] `ORCHESTRATOR_URL` is set for `gateway`, which never reads it
        gateway/settings.py:4:5: read as `GATEWAY_ORCHESTRATOR_URL`
        gateway/settings.py:2:51: because of this prefix
        help: set `GATEWAY_ORCHESTRATOR_URL` instead; until then the default `http://localhost:8000` is used</failure>
            </testcase>
            <testcase classname="deploy/docker-compose.yml" name="MNT001 file-not-mounted at 8:1">
              <failure message="`worker` mounts nothing" type="warning">deploy/docker-compose.yml:8:1: warning[MNT001] `worker` mounts nothing</failure>
            </testcase>
          </testsuite>
          <testsuite name="specc" tests="1" failures="0" errors="0">
            <testcase classname="specc" name="CFG010 no-spec">
              <system-out>info[CFG010] there is no spec to compare with
        help: write one with `specc init`</system-out>
            </testcase>
          </testsuite>
        </testsuites>
    "#]].assert_eq(&realistic_in(Format::Junit));
}

#[test]
fn junit_without_findings_has_a_case_that_passed() {
    let text = render(Format::Junit, &[], &Sources::default(), &Options::default());
    expect![[r#"
        <?xml version="1.0" encoding="UTF-8"?>
        <testsuites name="specc" tests="1" failures="0" errors="0">
          <testsuite name="specc" tests="1" failures="0" errors="0">
            <testcase classname="specc" name="no findings"/>
          </testsuite>
        </testsuites>
    "#]]
    .assert_eq(&text);
}

/// Fails if a text is not well-formed XML 1.0: its characters, its escapes, its attributes, its nesting.
fn assert_xml(text: &str) {
    let allowed = |c: char| c == '\n' || (c >= ' ' && !matches!(c, '\u{fffe}' | '\u{ffff}'));
    assert!(text.chars().all(allowed), "{text:?}");
    let entities = ["amp;", "lt;", "gt;", "quot;"];
    assert!(text.split('&').skip(1).all(|it| entities.iter().any(|entity| it.starts_with(entity))), "{text}");
    let mut open: Vec<&str> = Vec::new();
    let body = text.strip_prefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n").unwrap();
    for piece in body.split('<').skip(1) {
        // Every `>` of ours outside a tag is escaped, so the first one closes the tag and there is no other.
        let (tag, content) = piece.split_once('>').unwrap();
        assert!(!content.contains('>'), "{text}");
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name), "{text}");
            continue;
        }
        let (name, attributes) = tag.trim_end_matches('/').split_once(' ').unwrap_or((tag, ""));
        assert!(name.chars().all(|it| it.is_ascii_lowercase() || it == '-'), "{name}");
        let outside: Vec<&str> = attributes.split('"').step_by(2).collect();
        let (last, names) = outside.split_last().unwrap();
        assert!(last.is_empty() && names.iter().all(|it| it.trim_start().ends_with('=')), "{tag}");
        if !tag.ends_with('/') {
            open.push(name);
        }
    }
    assert!(open.is_empty(), "{open:?} in {text}");
}

/// What SARIF 2.1.0 asks of the objects that we write, in our own words: names, required members, value ranges.
fn sarif_schema() -> serde_json::Value {
    let object = |required: &[&str], properties: serde_json::Value| {
        json!({
            "type": "object", "required": required, "properties": properties, "additionalProperties": false
        })
    };
    let list = |of: serde_json::Value| json!({"type": "array", "items": of});
    let text = || json!({"type": "string"});
    let from = |least: u32| json!({"type": "integer", "minimum": least});
    let message = object(&["text"], json!({"text": text(), "markdown": text()}));
    let level = json!({"enum": ["none", "note", "warning", "error"]});
    let names = ["startLine", "startColumn", "endLine", "endColumn"];
    let region = object(&names, names.iter().map(|it| (it.to_string(), from(1))).collect());
    let relative = json!({"type": "string", "pattern": "^[A-Za-z0-9%._~/-]*$"});
    let artifact = object(&["uri", "uriBaseId"], json!({"uri": relative, "uriBaseId": {"const": "%SRCROOT%"}}));
    let physical = object(
        &["artifactLocation", "region"],
        json!({"artifactLocation": artifact.clone(), "region": region.clone()}),
    );
    let location =
        object(&["physicalLocation"], json!({"physicalLocation": physical, "message": message.clone(), "id": from(0)}));
    let replacement = json!({"deletedRegion": region, "insertedContent": message.clone()});
    let change = json!({"artifactLocation": artifact, "replacements": list(object(&["deletedRegion"], replacement))});
    let fix = json!({
        "description": message.clone(), "artifactChanges": list(object(&["artifactLocation", "replacements"], change))
    });
    let suppression = json!({
        "kind": {"enum": ["inSource", "external"]}, "status": {"const": "accepted"}, "justification": text()
    });
    let result = json!({
        "ruleId": text(), "ruleIndex": from(0), "level": level.clone(), "message": message.clone(),
        "locations": {"type": "array", "minItems": 1, "maxItems": 1, "items": location.clone()},
        "relatedLocations": list(location), "fixes": list(object(&["artifactChanges"], fix)),
        "suppressions": list(object(&["kind"], suppression)),
        "partialFingerprints": {"type": "object", "additionalProperties": text()},
    });
    let rule = json!({
        "id": text(), "name": text(), "shortDescription": message.clone(), "help": message.clone(), "helpUri": text()
    });
    let driver = json!({
        "name": text(), "version": text(), "informationUri": text(), "rules": list(object(&["id"], rule))
    });
    let associated = object(&["id"], json!({"id": text(), "index": from(0)}));
    let notification = json!({"level": level, "message": message, "associatedRule": associated});
    let notifications = list(object(&["message"], notification));
    let invocation = json!({
        "executionSuccessful": {"type": "boolean"},
        "toolConfigurationNotifications": notifications.clone(), "toolExecutionNotifications": notifications,
    });
    let run = json!({
        "tool": object(&["driver"], json!({"driver": object(&["name"], driver)})),
        "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
        "originalUriBaseIds": {"type": "object"},
        "invocations": list(object(&["executionSuccessful"], invocation)),
        "results": list(object(&["message", "locations"], result)),
    });
    let runs = list(object(&["tool", "results"], run));
    let log = json!({"$schema": text(), "version": {"const": "2.1.0"}, "runs": runs});
    object(&["version", "runs"], log)
}

/// Fails if a SARIF text is not what the schema asks, or points at a rule that it does not list.
fn assert_sarif(text: &str) {
    let value: serde_json::Value = serde_json::from_str(text).unwrap();
    let mut schemas = vec![sarif_schema()];
    // The official schema is not ours to carry; whoever has it can have it checked too.
    if let Ok(path) = std::env::var("SPECC_SARIF_SCHEMA") {
        schemas.push(serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap());
    }
    for schema in &schemas {
        let validator = jsonschema::validator_for(schema).unwrap();
        let errors: Vec<String> =
            validator.iter_errors(&value).map(|it| format!("{}: {it}", it.instance_path())).collect();
        assert!(errors.is_empty(), "{errors:#?}\n{text}");
    }
    let run = &value["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    for result in run["results"].as_array().unwrap() {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[index]["id"], result["ruleId"]);
    }
}

#[test]
fn sarif_holds_what_the_standard_asks() {
    assert_sarif(&realistic_in(Format::Sarif));
}

#[test]
fn sarif_lists_suppressed_findings_with_their_reason() {
    let (mut diagnostics, sources, mut options) = realistic();
    for by in [Silencer::Comment, Silencer::Config] {
        let diagnostic = diagnostics.remove(0);
        options.suppressed.push(Suppressed { diagnostic, by, reason: "known, see issue 7".to_string() });
    }
    let text = render(Format::Sarif, &diagnostics, &sources, &options);
    assert_sarif(&text);
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    let suppressions = |at: usize| &value["runs"][0]["results"][at]["suppressions"][0];
    assert_eq!(suppressions(0)["kind"], "inSource");
    assert_eq!(suppressions(1)["kind"], "external");
    assert_eq!(suppressions(1)["justification"], "known, see issue 7");
}

#[test]
fn fingerprint_survives_moved_lines_and_other_words_but_not_another_text() {
    let print = |text: &str, marked: &str, message: &str| {
        let mut sources = Sources::default();
        sources.add("a.yml", text);
        let code = Code { id: "SPEC002", name: "unknown-key" };
        let marked = span(&sources, "a.yml", marked);
        fingerprint::fingerprint(&Diagnostic::new(code, Level::Error, marked, message), &sources, &Hidden::default())
    };
    let first = print("a: 1\nb:\n  c: 2\n", "b:\n  c: 2", "old words");
    assert_eq!(first, print("# new line\n\na: 1\nb:\n    c: 2\n", "b:\n    c: 2", "new words"));
    assert_ne!(first, print("a: 1\nb:\n  c: 3\n", "b:\n  c: 3", "old words"));
}

#[test]
fn unknown_format_is_told_with_the_nearest_known_one() {
    for format in Format::ALL {
        assert_eq!(format.name().parse(), Ok(format));
    }
    assert_eq!("jsno".parse::<Format>().unwrap_err(), "there is no format `jsno`; did you mean `json`?");
    assert!("xml".parse::<Format>().unwrap_err().contains("human, concise"));
}

#[test]
fn secret_values_are_masked_where_they_are_quoted_and_never_repeated_by_a_fix() {
    let mut sources = Sources::default();
    sources.add(".env", "A=1 # fine\nDB_PASSWORD=hunter2 x # why\n");
    let secret = span(&sources, ".env", "hunter2 x");
    let code = Code { id: "ENV015", name: "env-value-needs-quotes" };
    let edit = |span, replacement: &str| Edit { span, replacement: replacement.to_string() };
    let (open, close) = (Span { end: secret.start, ..secret }, Span { start: secret.end, ..secret });
    let quoting = vec![edit(open, "\""), edit(close, "\"")];
    let finding = || {
        Diagnostic::new(code, Level::Error, secret, "the value needs quotes")
            .label("here")
            .also(span(&sources, ".env", "# why"), "or this is read as a comment")
    };
    let diagnostics = [
        finding().fix("quote it", Applicability::Safe, quoting),
        finding().fix("quote it", Applicability::Safe, vec![edit(secret, "\"hunter2 x\"")]),
    ];
    let options = Options { hidden: vec![secret].into(), ..Options::default() };
    for format in Format::ALL {
        let text = render(format, &diagnostics, &sources, &options);
        assert!(!text.contains("hunter2"), "{}: {text}", format.name());
    }
    let print = |hidden: &[Span]| fingerprint::fingerprint(&diagnostics[0], &sources, &hidden.to_vec().into());
    assert_ne!(print(&[secret]), print(&[]), "a guessed secret must not be provable from the fingerprint");
    expect![[r#"
        error[ENV015 env-value-needs-quotes]: the value needs quotes
         --> .env:2:13
          |
        2 | DB_PASSWORD=******** # why
          |             ^^^^^^^^ ----- or this is read as a comment
          |             |
          |             here
          |
        fix: quote it
          |
        2 - DB_PASSWORD=******** # why
        2 + DB_PASSWORD="********" # why
          |

        error[ENV015 env-value-needs-quotes]: the value needs quotes
         --> .env:2:13
          |
        2 | DB_PASSWORD=******** # why
          |             ^^^^^^^^ ----- or this is read as a comment
          |             |
          |             here
          |
        fix: quote it

        nothing found
    "#]]
    .assert_eq(&render(Format::Human, &diagnostics, &sources, &options));
}

/// Renders one error at one span of one text, for people.
fn drawn(text: &str, start: usize, end: usize) -> String {
    let mut sources = Sources::default();
    let file = sources.add("a.yml", text);
    let code = Code { id: "SPEC002", name: "unknown-key" };
    let diagnostic = Diagnostic::new(code, Level::Error, Span::new(file, start, end), "message").label("here");
    let text = render(Format::Human, &[diagnostic], &sources, &Options::default());
    text.trim_end_matches("\n\nnothing found\n").to_string()
}

/// Draws each case under its name.
fn drawn_each(cases: &[(&str, &str, usize, usize)]) -> String {
    cases.iter().map(|(name, text, start, end)| format!("== {name}\n{}\n", drawn(text, *start, *end))).collect()
}

#[test]
fn places_at_an_end_or_without_width_get_a_caret() {
    let cases = [
        ("an empty file", "", 0, 0),
        ("an empty span", "a: 1\n", 3, 3),
        ("the end of a file", "a: 1\n", 5, 5),
        ("the end of a file without a line break", "a: 1", 4, 4),
        ("the line break itself", "a: 1\nb: 2\n", 4, 5),
        ("a span that is not there", "a: 1\n", 90, 99),
    ];
    expect![[r#"
        == an empty file
        error[SPEC002 unknown-key]: message
         --> a.yml:1:1
          |
        1 |
          | ^ here
        == an empty span
        error[SPEC002 unknown-key]: message
         --> a.yml:1:4
          |
        1 | a: 1
          |    ^ here
        == the end of a file
        error[SPEC002 unknown-key]: message
         --> a.yml:2:1
          |
        2 |
          | ^ here
        == the end of a file without a line break
        error[SPEC002 unknown-key]: message
         --> a.yml:1:5
          |
        1 | a: 1
          |     ^ here
        == the line break itself
        error[SPEC002 unknown-key]: message
         --> a.yml:1:5
          |
        1 | a: 1
          |     ^ here
        == a span that is not there
        error[SPEC002 unknown-key]: message
         --> a.yml:2:1
          |
        2 |
          | ^ here
    "#]]
    .assert_eq(&drawn_each(&cases));
}

#[test]
fn carets_stand_under_what_they_mean_in_awkward_text() {
    let long = format!("{{\"a\": \"{}\", \"port\": 80, \"b\": \"{}\"}}\n", "x".repeat(5000), "y".repeat(5000));
    let at = long.find("\"port\"").unwrap();
    let cases = [
        ("characters of several bytes", "ключ: 值段 🦀 x\n", 9, 15),
        ("carriage returns", "a: 1\r\nb: 2\r\n", 6, 7),
        ("tabs", "\ta:\t1\n", 4, 5),
        ("several lines", "a:\n  b: 1\n  c: 2\nd: 3\n", 0, 17),
        ("a long line", &long, at, at + 6),
        ("escape sequences", "\u{1b}]0;pwned\u{7}a: \u{202e}1\n", 10, 11),
    ];
    expect![[r#"
        == characters of several bytes
        error[SPEC002 unknown-key]: message
         --> a.yml:1:6
          |
        1 | ключ: 值段 🦀 x
          |      ^^^^^ here
        == carriage returns
        error[SPEC002 unknown-key]: message
         --> a.yml:2:1
          |
        2 | b: 2
          | ^ here
        == tabs
        error[SPEC002 unknown-key]: message
         --> a.yml:1:5
          |
        1 |     a:    1
          |           ^ here
        == several lines
        error[SPEC002 unknown-key]: message
         --> a.yml:1:1
          |
        1 | / a:
        2 | |   b: 1
        3 | |   c: 2
          | |______^ here
        == a long line
        error[SPEC002 unknown-key]: message
         --> a.yml:1:5011
          |
        1 | ...xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", "port": 80, "b": "yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy...
          |                                           ^^^^^^ here
        == escape sequences
        error[SPEC002 unknown-key]: message
         --> a.yml:1:11
          |
        1 | ␛]0;pwned␇a: �1
          |           ^ here
    "#]]
    .assert_eq(&drawn_each(&cases));
}

/// Text with all that is awkward: wide, combining and harmful characters, every kind of line break.
fn awkward_text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => "[a-z: ]{1,12}",
        2 => Just("\n".to_string()),
        1 => Just("\r\n".to_string()),
        1 => Just("\r".to_string()),
        1 => Just("\t".to_string()),
        1 => Just("\u{1b}[31m".to_string()),
        1 => Just("值🦀é\u{301}\u{202e}\u{200d}\u{feff}\u{0}".to_string()),
        1 => any::<String>(),
        1 => Just("long ".repeat(600)),
    ];
    prop::collection::vec(piece, 0..20).prop_map(|it| it.concat())
}

/// Any span, mostly near the texts, also of files that were never read.
fn any_span() -> impl Strategy<Value = Span> {
    let offset = prop_oneof![8 => 0u32..200, 2 => 0u32..10_000, 1 => any::<u32>()];
    (prop_oneof![5 => 0u32..2, 1 => 0u32..4], offset.clone(), offset).prop_map(|(file, start, end)| Span {
        file: FileId(file),
        start,
        end,
    })
}

prop_compose! {
    fn any_diagnostic()(
        message in any::<String>(),
        primary in prop::option::of(any_span()),
        related in prop::collection::vec((any_span(), any::<String>()), 0..4),
        help in prop::option::of(any::<String>()),
        edits in prop::collection::vec((any_span(), awkward_text()), 0..4),
        level in prop::sample::select(vec![Level::Info, Level::Warning, Level::Error]),
    ) -> Diagnostic {
        let edits: Vec<Edit> = edits.into_iter().map(|(span, replacement)| Edit { span, replacement }).collect();
        let fix = Fix { title: message.clone(), applicability: Applicability::Safe, edits, replaces: None };
        Diagnostic {
            code: Code { id: "SPEC002", name: "unknown-key" },
            level,
            primary: primary.map(|span| Label { span, message: message.clone() }),
            message,
            related: related.into_iter().map(|(span, message)| Label { span, message }).collect(),
            help,
            fix: (!fix.edits.is_empty()).then_some(fix),
        }
    }
}

/// Removes the escape sequences that only colour.
fn without_color(text: &str) -> String {
    let mut pieces = text.split("\u{1b}[");
    let first = pieces.next().unwrap_or("").to_string();
    pieces.fold(first, |out, it| {
        let code = it.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';');
        out + code.strip_prefix('m').unwrap_or("\u{1b}")
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn no_text_and_no_span_makes_a_format_panic_or_let_a_control_character_through(
        texts in prop::collection::vec(awkward_text(), 2),
        path in any::<String>(),
        diagnostic in any_diagnostic(),
        width in 0usize..200,
        hidden in prop::collection::vec(any_span(), 0..3),
    ) {
        let mut sources = Sources::default();
        sources.add(path, texts[0].as_str());
        sources.add("b.env", texts[1].as_str());
        let diagnostics = [diagnostic];
        let options = Options { width, hidden: hidden.into(), summary: Summary::of(&diagnostics), ..Options::default() };
        for format in Format::ALL {
            let text = render(format, &diagnostics, &sources, &options);
            let harmful = text.chars().find(|it| *it != '\n' && harmless::is_harmful(*it));
            prop_assert_eq!(harmful, None, "{} lets a control character through: {:?}", format.name(), text);
            prop_assert!(text.ends_with('\n'));
        }
        assert_sarif(&render(Format::Sarif, &diagnostics, &sources, &options));
        assert_xml(&render(Format::Junit, &diagnostics, &sources, &options));
        let colored = render(Format::Human, &diagnostics, &sources, &Options { color: true, ..options });
        let text = without_color(&colored);
        let harmful = text.chars().find(|it| *it != '\n' && harmless::is_harmful(*it));
        prop_assert_eq!(harmful, None, "colour lets a control character through: {:?}", colored);
    }
}
