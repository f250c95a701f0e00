//! What is read of Go, case by case.

use super::*;
use crate::repo::env_wrapper;
use crate::repo::tree::Tree;
use crate::source::FileId;

fn facts(text: &str) -> Facts {
    let tree = Tree::default();
    let kind = crate::repo::kind::Kind::Go;
    let mut facts = Facts::default();
    let input = Input { file: FileId(0), path: "a.go", text, kind, in_test: false, tree: &tree };
    read(&input, &mut facts, &mut Diags::default());
    env_wrapper::resolve(&mut facts);
    facts
}

/// Every read in short: `A!` fails without, `A=x` has a default, `A~` a computed one.
fn reads(text: &str) -> String {
    let short = |read: &EnvRead| match &read.absent {
        Absent::Fails => format!("{}!", read.name.value),
        Absent::Default(it) => format!("{}={it}", read.name.value),
        Absent::Computed => format!("{}~", read.name.value),
        Absent::Nothing => read.name.value.clone(),
    };
    facts(text).reads.iter().map(short).collect::<Vec<_>>().join(" ")
}

#[test]
fn plain_reads_know_their_default() {
    let cases = [
        ("x := os.Getenv(\"A\")\n", "A"),
        ("x := valueOrDefault(os.Getenv(\"A\"), \":80\")", "A=:80"),
        ("x := os.Getenv(\"A\")\nif x == \"\" {\n log.Fatal(\"A\")\n}", "A!"),
        ("x, ok := os.LookupEnv(\"A\")\nif !ok {\n return errors.New(\"A\")\n}", "A!"),
        ("x := os.Getenv(\"A\")\nif x == \"\" {\n x = \"d\"\n}", "A=d"),
        ("if v := os.Getenv(\"A\"); v != \"\" { x = v }", "A"),
        ("// os.Getenv(\"A\")\n_ = \"os.Getenv(\\\"B\\\")\"", ""),
    ];
    for (text, expected) in cases {
        assert_eq!(reads(text), expected, "{text}");
    }
}

#[test]
fn calls_of_a_wrapper_are_reads() {
    let text = "func envOr(key, d string) string {\n if v, ok := os.LookupEnv(key); ok { return v }\n return d\n}\nvar a = envOr(\"A_B\", \"x\")\nvar b = other(\"C_D\")";
    assert_eq!(reads(text), "A_B=x");
    let text = "func (c *C) must(key string) string {\n v := os.Getenv(key)\n if v == \"\" { panic(key) }\n return v\n}\nvar a = c.must(\"A_B\")";
    assert_eq!(reads(text), "A_B!");
}

#[test]
fn struct_tags_are_joined_with_their_prefixes() {
    let text = "type C struct {\n DB DBConf `envPrefix:\"DB_\"`\n A string `env:\"A,required\"`\n B int `env:\"B\" envDefault:\"3\"`\n}\ntype DBConf struct {\n URL string `env:\"URL,notEmpty\"`\n}";
    assert_eq!(reads(text), "A! B=3 DB_URL!");
    let text = "type C struct {\n A string `envconfig:\"A\" required:\"true\"`\n B string `envconfig:\"B\" default:\"x\"`\n}\nfunc f() { envconfig.Process(\"app\", &c) }";
    assert_eq!(reads(text), "APP_A! APP_B=x");
    let text = "type C struct {\n A string `env:\"A,required\"`\n}\nfunc f() { env.ParseWithOptions(&c, env.Options{Prefix: \"API_\"}) }";
    assert_eq!(reads(text), "API_A!");
    let text = "type C struct {\n Port int `default:\"80\"`\n MaxDBConns int `split_words:\"true\"`\n Plain string\n DB DB\n}\ntype DB struct {\n URL string `required:\"true\"`\n}\nfunc f() { envconfig.Process(\"app\", &c) }";
    assert_eq!(reads(text), "APP_PORT=80 APP_MAX_DB_CONNS APP_PLAIN APP_DB_URL!");
}

#[test]
fn viper_joins_prefix_keys_and_defaults() {
    let text = "type C struct {\n Addr string `mapstructure:\"listen_addr\"`\n DB DB `mapstructure:\"db\"`\n}\ntype DB struct {\n URL string `mapstructure:\"url\"`\n}\nfunc f() {\n v := viper.New()\n v.SetEnvPrefix(\"GATEWAY\")\n v.SetEnvKeyReplacer(strings.NewReplacer(\".\", \"_\"))\n v.AutomaticEnv()\n v.SetDefault(\"listen_addr\", \":8080\")\n v.BindEnv(\"x\", \"PLAIN\")\n}";
    assert_eq!(reads(text), "PLAIN GATEWAY_DB_URL GATEWAY_LISTEN_ADDR=:8080");
}

#[test]
fn routes_and_ports_are_read() {
    let found =
        facts("r.Get(\"/healthz\", h)\nhttp.HandleFunc(\"GET /x\", f)\nhttp.ListenAndServe(\":8080\", r) // env");
    assert_eq!(found.routes.iter().map(|it| it.value.as_str()).collect::<Vec<_>>(), ["/healthz", "/x"]);
    assert_eq!(found.listens[0].value, 8080);
}
