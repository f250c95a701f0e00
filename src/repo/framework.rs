//! Variables that the frameworks which a repository is built with read: no line of the repository names them.
//!
//! A framework is known by a file that it cannot do without. Data, but for Spring and its like, whose properties every
//! program names itself: there the programs' own roots are looked for.

use std::collections::{BTreeSet, HashSet};

use super::fact::dockerfile::{Dockerfile, Stage};
use super::near::line_after;
use super::tree::Tree;

/// What a framework reads.
struct Framework {
    /// Files by which it is known: names, or, with a dot in front, endings of names.
    marks: &'static [&'static str],
    /// Beginnings of what it reads.
    prefixes: &'static [&'static str],
    /// Whole names.
    names: &'static [&'static str],
    /// Endings, before which stands what the program calls it.
    suffixes: &'static [&'static str],
}

#[rustfmt::skip]
static FRAMEWORKS: &[Framework] = &[
    // Laravel's own configuration stands in the framework since version 11; a program keeps only what it changes.
    Framework {
        marks: &["artisan"],
        prefixes: &[
            "ARGON_", "AUTH_", "BCRYPT_", "BEANSTALKD_", "BROADCAST_", "CACHE_", "CASHIER_", "DB_", "DEBUGBAR_", "DYNAMODB_",
            "FILESYSTEM_", "HASH_", "HORIZON_", "LARAVEL_", "LOG_", "MAIL_", "MAILGUN_", "MEMCACHED_", "MYSQL_ATTR_",
            "NIGHTWATCH_", "OCTANE_", "PAPERTRAIL_", "PASSPORT_", "POSTMARK_", "PULSE_", "PUSHER_", "QUEUE_", "REDIS_",
            "REVERB_", "SAIL_", "SANCTUM_", "SCOUT_", "SESSION_", "SQS_", "TELESCOPE_", "VIEW_",
        ],
        names: &[
            "ABLY_KEY", "APP_DEBUG", "APP_ENV", "APP_FAKER_LOCALE", "APP_FALLBACK_LOCALE", "APP_KEY", "APP_LOCALE",
            "APP_MAINTENANCE_DRIVER", "APP_MAINTENANCE_STORE", "APP_NAME", "APP_PORT", "APP_PREVIOUS_KEYS",
            "APP_SERVICE", "APP_TIMEZONE", "APP_URL", "ASSET_URL", "FRONTEND_URL", "SLACK_BOT_USER_DEFAULT_CHANNEL",
            "SLACK_BOT_USER_OAUTH_TOKEN", "WWWGROUP", "WWWUSER",
        ],
        suffixes: &[],
    },
    Framework {
        marks: &["symfony.lock"],
        prefixes: &["SYMFONY_", "APP_RUNTIME"],
        names: &["APP_DEBUG", "APP_ENV", "APP_SECRET", "DEFAULT_URI", "KERNEL_CLASS", "SHELL_VERBOSITY", "TRUSTED_PROXIES"],
        suffixes: &[],
    },
    Framework {
        marks: &["nuxt.config.ts", "nuxt.config.js", "nuxt.config.mjs"],
        prefixes: &["NUXT_", "NITRO_"],
        names: &[],
        suffixes: &[],
    },
    Framework {
        marks: &["config.ru", "Gemfile"],
        prefixes: &["BOOTSNAP_", "BUNDLE_", "KAMAL_", "PUMA_", "RACK_", "RAILS_", "RUBY", "SIDEKIQ_", "SOLID_QUEUE_"],
        names: &["DATABASE_URL", "PIDFILE", "REDIS_URL", "SECRET_KEY_BASE", "TARGET_PORT", "TLS_DOMAIN"],
        // Each of several databases: `CACHE_DATABASE_URL`.
        suffixes: &["_DATABASE_URL"],
    },
    Framework {
        marks: &["pom.xml", "build.gradle", "build.gradle.kts", "build.sbt"],
        prefixes: &["EUREKA_", "LOGGING_", "MANAGEMENT_", "MICRONAUT_", "MP_", "QUARKUS_", "SERVER_", "SPRING_"],
        names: &["CATALINA_OPTS", "GRADLE_OPTS", "JDK_JAVA_OPTIONS", "MAVEN_OPTS"],
        suffixes: &[],
    },
    Framework {
        marks: &[".csproj", ".fsproj", ".vbproj"],
        prefixes: &["COMPlus_", "ConnectionStrings", "Kestrel", "Logging"],
        names: &["AllowedHosts", "URLS"],
        suffixes: &[],
    },
    Framework {
        marks: &["svelte.config.js", "svelte.config.ts"],
        prefixes: &[],
        names: &[
            "ADDRESS_HEADER", "BODY_SIZE_LIMIT", "HOST_HEADER", "IDLE_TIMEOUT", "ORIGIN", "PORT_HEADER", "PROTOCOL_HEADER",
            "SHUTDOWN_TIMEOUT", "SOCKET_PATH", "XFF_DEPTH",
        ],
        suffixes: &[],
    },
    Framework {
        marks: &["Cargo.toml"],
        prefixes: &["DIESEL_", "LEPTOS_", "ROCKET_", "SQLX_", "TAURI_", "TRUNK_"],
        names: &[],
        suffixes: &[],
    },
    Framework {
        marks: &["diesel.toml", "sqlx-data.json"],
        prefixes: &[],
        names: &["DATABASE_URL"],
        suffixes: &[],
    },
    Framework {
        marks: &["go.mod"],
        prefixes: &["CGO_", "GO1"],
        names: &["GONOPROXY", "GONOSUMDB", "GOSUMDB", "GOTOOLCHAIN", "GOWORK"],
        suffixes: &[],
    },
    Framework {
        marks: &["manage.py"],
        prefixes: &["DJANGO_SUPERUSER_"],
        names: &["DJANGO_ALLOW_ASYNC_UNSAFE", "DJANGO_CONFIGURATION"],
        suffixes: &[],
    },
    Framework {
        marks: &["angular.json", "nx.json", "project.json"],
        prefixes: &["NG_", "NX_"],
        names: &[],
        suffixes: &[],
    },
    // What makes machines asks for the keys of those who rent them out.
    Framework {
        marks: &["Pulumi.yaml", ".tf"],
        prefixes: &[
            "ARM_", "CLOUDFLARE_", "DATADOG_", "DIGITALOCEAN_", "GOOGLE_", "GRAFANA_", "HCLOUD_", "HETZNER", "LINODE_",
            "MONGODB_ATLAS_", "NETLIFY_", "OCI_", "OVH_", "PROXMOX_", "PULUMI_", "SCW_", "TF_", "VAULT_", "VERCEL_",
            "VULTR_",
        ],
        names: &[],
        suffixes: &[],
    },
    Framework {
        marks: &["dbt_project.yml"],
        prefixes: &["DBT_"],
        names: &[],
        suffixes: &[],
    },
];

/// Where Spring, Quarkus and Micronaut look for what a program is told: any property is a variable, too.
const JVM: [&str; 4] = ["pom.xml", "build.gradle", "build.gradle.kts", "build.sbt"];
const DOTNET: [&str; 3] = [".csproj", ".fsproj", ".vbproj"];

/// The frameworks of a repository.
#[derive(Default, Debug)]
pub struct Frameworks {
    prefixes: BTreeSet<&'static str>,
    names: BTreeSet<&'static str>,
    suffixes: BTreeSet<&'static str>,
    /// Whether `A__B` is the property `B` of the section `A`, whoever asks for the section.
    has_sections: bool,
    /// Whether `A_B_C` is the property `a.b-c`.
    pub has_properties: bool,
    /// The first parts of the properties that programs name, in small letters and without signs.
    roots: BTreeSet<String>,
    /// Packages that images install and start, in capitals.
    programs: HashSet<String>,
}

/// Returns the packages that an image installs by name and starts: `pip install gunicorn`, `CMD ["gunicorn", …]`. They
/// are no code of the repository, and variables that begin with their names are theirs.
fn installed_programs(dockerfiles: &[Dockerfile]) -> HashSet<String> {
    let installers = ["pip install ", "pip3 install ", "pipx install ", "npm install -g ", "npm i -g "];
    let of_stage = |stage: &Stage| {
        let started = stage.cmd.iter().chain(&stage.entrypoint).flat_map(|it| &it.words);
        let started: HashSet<&str> = started.flat_map(|it| it.value.split_whitespace()).collect();
        let runs = stage.runs.iter().flat_map(|it| installers.iter().filter_map(|by| it.value.split_once(by)));
        let packages = runs.flat_map(|it| it.1.split_whitespace().take_while(|it| !matches!(*it, "&&" | ";" | "||")));
        let bare =
            packages.map(|it| it.trim_matches(['"', '\'']).split(['=', '<', '>', '~', '[', '@']).next().unwrap_or(it));
        let own = bare.filter(|it| started.contains(it)).map(|it| it.to_ascii_uppercase().replace('-', "_"));
        own.collect::<Vec<_>>()
    };
    dockerfiles.iter().flat_map(|it| &it.stages).flat_map(of_stage).collect()
}

impl Frameworks {
    /// Tells which frameworks a repository is built with.
    pub fn of(tree: &Tree, dockerfiles: &[Dockerfile]) -> Frameworks {
        let mut found = Frameworks { programs: installed_programs(dockerfiles), ..Frameworks::default() };
        let marks: HashSet<&str> = FRAMEWORKS.iter().flat_map(|it| it.marks).copied().collect();
        let mut there: HashSet<&str> = HashSet::new();
        for path in tree.paths() {
            let name = path.rsplit('/').next().unwrap_or(path);
            let ending = name.rfind('.').map_or("", |at| &name[at..]);
            there.extend([name, ending].into_iter().filter_map(|it| marks.get(it)));
        }
        let has = |marks: &[&str]| marks.iter().any(|it| there.contains(it));
        for it in FRAMEWORKS.iter().filter(|it| has(it.marks)) {
            found.prefixes.extend(it.prefixes);
            found.names.extend(it.names);
            found.suffixes.extend(it.suffixes);
        }
        found.has_sections = has(&DOTNET);
        found.has_properties = has(&JVM);
        found
    }

    /// Returns whether one of them may read a variable.
    pub fn read(&self, name: &str) -> bool {
        self.names.contains(name)
            || self.prefixes.iter().any(|it| name.starts_with(it))
            || self.suffixes.iter().any(|it| name.ends_with(it))
            || self.has_sections && name.contains("__")
            || self.is_property(name)
            || self.is_of_program(name)
    }

    /// Returns whether a name begins with that of an installed program.
    fn is_of_program(&self, name: &str) -> bool {
        let has = |it: &str| self.programs.contains(it);
        !self.programs.is_empty() && memchr::memchr_iter(b'_', name.as_bytes()).any(|at| has(&name[..at]))
    }

    fn is_property(&self, name: &str) -> bool {
        if self.roots.is_empty() {
            return false;
        }
        let plain = plain(name);
        // The root is what the name begins with: `app` of APP_JWT_SECRET, `my-shop` of MY_SHOP_URL.
        (1..=plain.len()).any(|at| plain.is_char_boundary(at) && self.roots.contains(&plain[..at]))
    }

    /// Adds the roots of the properties that a file names.
    pub fn add_roots(&mut self, path: &str, text: &str) {
        let extension = path.rsplit_once('.').map_or("", |it| it.1);
        match extension {
            "yml" | "yaml" if is_of_program(path) => {
                let keys = text.lines().filter(|it| it.starts_with(|it: char| it.is_ascii_alphabetic()));
                self.roots.extend(keys.filter_map(|it| it.split([':', '.']).next()).map(plain));
            }
            "properties" => {
                let keys = text.lines().filter_map(|it| it.split_once(['.', '=', ':']));
                self.roots.extend(keys.map(|it| plain(it.0)).filter(|it| !it.is_empty() && !it.starts_with('#')));
            }
            "java" | "kt" | "scala" | "groovy" => {
                for mark in ["@ConfigurationProperties(", "@ConfigMapping(", "@ConfigProperty(", "@Value(\"${"] {
                    for (at, _) in text.match_indices(mark) {
                        self.roots.extend(first_word(line_after(text, at + mark.len())));
                    }
                }
            }
            _ => {}
        }
    }
}

/// `application.yml`, `bootstrap-prod.yaml` and what lies in `resources/` or is served by a configuration server.
fn is_of_program(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.starts_with("application") || name.starts_with("bootstrap") || path.contains("resources/")
}

/// Returns the first part of the property that an annotation names: `prefix = "app.jwt"`, `app.jwt.secret}`.
fn first_word(text: &str) -> Option<String> {
    let line = text.split_once('"').filter(|it| it.0.trim_end().ends_with('=') || it.0.trim().is_empty());
    let text = line.map_or(text, |it| it.1);
    let word = &text[..text.find(|it: char| !it.is_ascii_alphanumeric() && it != '-' && it != '_')?];
    Some(plain(word)).filter(|it| !it.is_empty())
}

fn plain(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    fn frameworks(paths: &[&str]) -> Frameworks {
        Frameworks::of(&Tree::new(paths.iter().map(|it| Arc::from(*it))), &[])
    }

    #[test]
    fn a_framework_is_known_by_its_file() {
        let found = frameworks(&["backend/artisan", "Shop/Shop.csproj"]);
        for name in ["MAIL_HOST", "APP_TIMEZONE", "ConnectionStrings__Default", "Serilog__WriteTo__0__Name"] {
            assert!(found.read(name), "{name}");
        }
        assert!(!found.read("SHOP_URL") && !found.read("NUXT_OIDC_KEY"));
        assert!(frameworks(&["web/nuxt.config.ts"]).read("NUXT_OIDC_KEY"));
        assert!(!frameworks(&["a.py"]).read("MAIL_HOST"));
    }

    #[test]
    fn a_property_is_a_variable_under_the_root_that_a_program_names() {
        let mut found = frameworks(&["pom.xml"]);
        found.add_roots("src/main/resources/application.yml", "momo:\n  partner-code: x\nmy-shop.url: y\n");
        found.add_roots("src/A.java", "@ConfigurationProperties(prefix = \"jwt.keys\") @Value(\"${mail.from}\") x");
        for name in ["MOMO_PARTNERCODE", "MOMO_PARTNER_CODE", "MY_SHOP_URL", "MYSHOP_URL", "JWT_KEYS_A", "MAIL_FROM"] {
            assert!(found.read(name), "{name}");
        }
        assert!(!found.read("REFUND_URL"));
    }
}
