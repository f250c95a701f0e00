//! Variables that programs which are not in the repository read: well-known images. Libraries stand in
//! [`super::known_library`].
//!
//! Data only. An image that is not here is not judged; a variable that is here is never called unread.

pub use super::known_library::is_library_variable;

/// What an image is known to read.
#[derive(Debug)]
pub struct KnownImage {
    /// Endings of the image's name, without registry and tag: `postgres` fits `docker.io/library/postgres:17`.
    pub images: &'static [&'static str],
    /// Beginnings of variables it reads.
    pub prefixes: &'static [&'static str],
    /// Variables it reads, whole; misspelt ones are told from these.
    pub names: &'static [&'static str],
}

/// The images.
pub static IMAGES: &[KnownImage] = &[
    KnownImage {
        images: &["postgres", "pgvector", "postgis", "timescaledb", "timescaledb-ha", "supabase/postgres"],
        prefixes: &["PG", "TS_TUNE_", "TIMESCALEDB_"],
        names: &[
            "POSTGRES_USER",
            "POSTGRES_PASSWORD",
            "POSTGRES_PASSWORD_FILE",
            "POSTGRES_USER_FILE",
            "POSTGRES_DB",
            "POSTGRES_DB_FILE",
            "POSTGRES_INITDB_ARGS",
            "POSTGRES_INITDB_ARGS_FILE",
            "POSTGRES_INITDB_WALDIR",
            "POSTGRES_HOST_AUTH_METHOD",
            "PGDATA",
        ],
    },
    KnownImage {
        images: &["mysql", "mariadb", "percona", "percona-server"],
        prefixes: &["MARIADB_"],
        names: &[
            "MYSQL_ROOT_PASSWORD",
            "MYSQL_ROOT_PASSWORD_FILE",
            "MYSQL_ROOT_HOST",
            "MYSQL_DATABASE",
            "MYSQL_DATABASE_FILE",
            "MYSQL_USER",
            "MYSQL_USER_FILE",
            "MYSQL_PASSWORD",
            "MYSQL_PASSWORD_FILE",
            "MYSQL_ALLOW_EMPTY_PASSWORD",
            "MYSQL_RANDOM_ROOT_PASSWORD",
            "MYSQL_ONETIME_PASSWORD",
            "MYSQL_INITDB_SKIP_TZINFO",
        ],
    },
    KnownImage {
        images: &["mongo"],
        prefixes: &[],
        names: &[
            "MONGO_INITDB_ROOT_USERNAME",
            "MONGO_INITDB_ROOT_USERNAME_FILE",
            "MONGO_INITDB_ROOT_PASSWORD",
            "MONGO_INITDB_ROOT_PASSWORD_FILE",
            "MONGO_INITDB_DATABASE",
        ],
    },
    KnownImage {
        images: &["minio", "minio/minio", "mc"],
        prefixes: &["MINIO_", "MC_"],
        names: &["MINIO_ROOT_USER", "MINIO_ROOT_PASSWORD", "MINIO_ROOT_USER_FILE", "MINIO_ROOT_PASSWORD_FILE"],
    },
    KnownImage {
        images: &["clickhouse-server", "clickhouse"],
        prefixes: &["CLICKHOUSE_"],
        names: &[
            "CLICKHOUSE_DB",
            "CLICKHOUSE_USER",
            "CLICKHOUSE_PASSWORD",
            "CLICKHOUSE_PASSWORD_FILE",
            "CLICKHOUSE_DEFAULT_ACCESS_MANAGEMENT",
            "CLICKHOUSE_SKIP_USER_SETUP",
        ],
    },
    KnownImage { images: &["adminer"], prefixes: &["ADMINER_"], names: &[] },
    KnownImage { images: &["qdrant"], prefixes: &["QDRANT__"], names: &["RUN_MODE", "QDRANT_ALLOW_RECOVERY_MODE"] },
    KnownImage {
        images: &["rabbitmq"],
        prefixes: &["RABBITMQ_"],
        names: &[
            "RABBITMQ_DEFAULT_USER",
            "RABBITMQ_DEFAULT_PASS",
            "RABBITMQ_DEFAULT_VHOST",
            "RABBITMQ_ERLANG_COOKIE",
            "RABBITMQ_NODENAME",
        ],
    },
    KnownImage { images: &["keycloak"], prefixes: &["KC_", "KEYCLOAK_", "DB_", "JAVA_", "PROXY_"], names: &[] },
    KnownImage { images: &["grafana", "grafana-oss", "grafana-enterprise"], prefixes: &["GF_"], names: &[] },
    KnownImage { images: &["traefik"], prefixes: &["TRAEFIK_", "CF_", "CLOUDFLARE_", "AWS_", "DO_"], names: &[] },
    KnownImage {
        images: &["netdata"],
        prefixes: &["NETDATA_", "DO_NOT_TRACK", "PGID", "DOCKER_", "DISABLE_"],
        names: &[],
    },
    KnownImage {
        images: &["opentelemetry-collector", "opentelemetry-collector-contrib", "jaeger", "all-in-one"],
        prefixes: &["OTEL_", "COLLECTOR_", "JAEGER_", "SPAN_STORAGE_", "ES_"],
        names: &[],
    },
    KnownImage {
        images: &["redis", "redis-stack", "redis-stack-server", "valkey", "keydb", "dragonfly"],
        prefixes: &["REDIS_", "ALLOW_EMPTY_", "VALKEY_", "DFLY_"],
        names: &[],
    },
    KnownImage {
        images: &["elasticsearch", "opensearch", "kibana", "opensearch-dashboards", "logstash"],
        prefixes: &[
            "ES_",
            "ELASTIC",
            "OPENSEARCH_",
            "KIBANA_",
            "discovery.",
            "xpack.",
            "cluster.",
            "bootstrap.",
            "node.",
            "plugins.",
            "SERVER_",
            "LS_",
        ],
        names: &["DISABLE_SECURITY_PLUGIN", "DISABLE_INSTALL_DEMO_CONFIG"],
    },
    KnownImage {
        images: &["kafka", "cp-kafka", "cp-zookeeper", "zookeeper", "cp-schema-registry", "redpanda", "kafka-ui"],
        prefixes: &[
            "KAFKA_",
            "ZOOKEEPER_",
            "ZOO_",
            "SCHEMA_REGISTRY_",
            "CLUSTER_ID",
            "CONNECT_",
            "REDPANDA_",
            "ALLOW_",
        ],
        names: &[],
    },
    KnownImage { images: &["nginx", "nginx-unprivileged", "openresty"], prefixes: &["NGINX_"], names: &[] },
    KnownImage { images: &["caddy"], prefixes: &["CADDY_", "XDG_"], names: &[] },
    KnownImage {
        images: &[
            "prometheus",
            "alertmanager",
            "node-exporter",
            "cadvisor",
            "pushgateway",
            "loki",
            "promtail",
            "tempo",
            "alloy",
        ],
        prefixes: &["PROM", "GOMAXPROCS", "LOKI_"],
        names: &[],
    },
    KnownImage {
        images: &["postgres-exporter", "postgres_exporter", "redis_exporter", "mysqld-exporter"],
        prefixes: &["DATA_SOURCE_", "PG_EXPORTER_", "REDIS_", "MYSQLD_"],
        names: &[],
    },
    KnownImage {
        images: &["mailhog", "mailcatcher", "mailpit", "axllent/mailpit"],
        prefixes: &["MH_", "MP_", "TZ"],
        names: &[],
    },
    KnownImage {
        images: &["pgadmin4"],
        prefixes: &["PGADMIN_", "GUNICORN_"],
        names: &["PGADMIN_DEFAULT_EMAIL", "PGADMIN_DEFAULT_PASSWORD"],
    },
    KnownImage { images: &["flower"], prefixes: &["FLOWER_", "CELERY_", "BROKER_"], names: &[] },
    KnownImage { images: &["ngrok"], prefixes: &["NGROK_"], names: &["NGROK_AUTHTOKEN"] },
    KnownImage { images: &["cloudflared"], prefixes: &["TUNNEL_", "NO_AUTOUPDATE"], names: &["TUNNEL_TOKEN"] },
    KnownImage { images: &["tailscale"], prefixes: &["TS_"], names: &[] },
    KnownImage { images: &["registry"], prefixes: &["REGISTRY_"], names: &[] },
    KnownImage { images: &["vault"], prefixes: &["VAULT_"], names: &[] },
    KnownImage { images: &["consul"], prefixes: &["CONSUL_"], names: &[] },
    KnownImage {
        images: &["localstack", "localstack-pro"],
        prefixes: &[
            "LOCALSTACK_",
            "AWS_",
            "LAMBDA_",
            "SERVICES",
            "DEBUG",
            "PERSISTENCE",
            "DEFAULT_REGION",
            "HOSTNAME_EXTERNAL",
        ],
        names: &[],
    },
    KnownImage {
        images: &["n8n"],
        prefixes: &["N8N_", "DB_", "GENERIC_", "WEBHOOK_", "EXECUTIONS_", "QUEUE_"],
        names: &[],
    },
    KnownImage { images: &["ollama"], prefixes: &["OLLAMA_"], names: &[] },
    KnownImage { images: &["neo4j"], prefixes: &["NEO4J_"], names: &["NEO4J_AUTH"] },
    KnownImage {
        images: &["influxdb", "telegraf"],
        prefixes: &["INFLUXDB_", "DOCKER_INFLUXDB_", "INFLUX_"],
        names: &[],
    },
    KnownImage { images: &["watchtower"], prefixes: &["WATCHTOWER_"], names: &[] },
    KnownImage { images: &["stripe-cli"], prefixes: &["STRIPE_"], names: &[] },
    KnownImage { images: &["mlflow"], prefixes: &["MLFLOW_"], names: &[] },
    KnownImage {
        images: &["weaviate"],
        prefixes: &["QUERY_", "AUTHENTICATION_", "PERSISTENCE_", "DEFAULT_", "ENABLE_", "CLUSTER_"],
        names: &[],
    },
    KnownImage {
        images: &["selenium", "standalone-chrome", "browserless", "chrome"],
        prefixes: &["SE_", "CONCURRENT", "TOKEN", "TIMEOUT"],
        names: &[],
    },
    KnownImage { images: &["gotenberg"], prefixes: &[], names: &[] },
];

/// Returns what is known of an image, given as compose writes it.
pub fn of_image(image: &str) -> Option<&'static KnownImage> {
    let bare = bare_name(image);
    let fits = |it: &str| bare == it || bare.strip_suffix(it).is_some_and(|it| it.ends_with('/'));
    IMAGES.iter().find(|it| it.images.iter().any(|it| fits(it)))
}

/// Images with an operating system or a language and no program of their own, by the last part of their names.
const PLAIN_BASES: &[&str] = &[
    "scratch",
    "alpine",
    "debian",
    "ubuntu",
    "busybox",
    "fedora",
    "centos",
    "rockylinux",
    "amazonlinux",
    "archlinux",
    "buildpack-deps",
    "python",
    "pypy",
    "uv",
    "node",
    "bun",
    "deno",
    "golang",
    "rust",
    "ruby",
    "php",
    "openjdk",
    "eclipse-temurin",
    "amazoncorretto",
    "gcc",
    "elixir",
    "erlang",
    "perl",
    "swift",
    "dotnet",
    "sdk",
    "aspnet",
    "runtime",
    "static",
    "base",
    "cc",
    "nodejs",
    "python3",
    "cuda",
    "pytorch",
    "tensorflow",
    "micromamba",
    "miniconda3",
    "wolfi-base",
    "playwright",
    "nginx",
    "nginx-unprivileged",
    "httpd",
    "caddy",
    "chainguard",
    "l4t-base",
    "rocm",
    "static-debian12",
    "base-debian12",
    "nodejs20-debian12",
    "cc-debian12",
    "static-debian11",
    "distroless",
];

/// Returns whether an image holds no program that would read variables of its own. An image given by an argument is
/// taken for one of those.
pub fn is_plain_base(image: &str) -> bool {
    let bare = bare_name(image);
    let name = bare.rsplit('/').next().unwrap_or("");
    // Others' images of a language, `serversideup/php`, start programs that read what the language's own does not.
    let is_own = || {
        let mut folders = bare.split('/').rev().skip(1).filter(|it| !it.contains(['.', ':']) && *it != "localhost");
        folders.next().is_none_or(|it| PLAIN_MAKERS.contains(&it))
    };
    image.contains('$')
        || PLAIN_BASES.contains(&name) && is_own()
        || name.contains("debian") && is_own()
        || image.contains("distroless")
}

/// Who makes images of [`PLAIN_BASES`] that read no more than the official ones.
#[rustfmt::skip]
const PLAIN_MAKERS: &[&str] = &[
    "library", "astral-sh", "oven", "denoland", "nvidia", "pytorch", "tensorflow", "rocm", "chainguard", "mambaorg",
    "continuumio", "dotnet", "microsoft", "playwright", "nginxinc", "nginx", "distroless", "ubi8", "ubi9", "ubi",
    "amazonlinux", "lambda", "hub", "dockerhub", "docker.io", "mirror", "google.com", "cloud-builders", "hexpm",
];

/// Returns an image's name without tag and digest.
pub fn bare_name(image: &str) -> &str {
    let image = image.split('@').next().unwrap_or(image);
    match image.rsplit_once(':') {
        // A colon before the last slash is the port of a registry.
        Some((name, tag)) if !tag.contains('/') => name,
        _ => image,
    }
}

impl KnownImage {
    /// Returns whether it reads a variable.
    pub fn reads(&self, name: &str) -> bool {
        self.names.contains(&name) || self.prefixes.iter().any(|it| name.starts_with(it))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_are_known_by_the_end_of_their_name() {
        let cases = [
            ("postgres:17", true),
            ("docker.io/library/postgres", true),
            ("localhost:5000/postgres@sha256:00", true),
            ("timescale/timescaledb:latest-pg16", true),
            ("my-postgres:1", false),
            ("ghcr.io/me/gateway:latest", false),
        ];
        for (image, expected) in cases {
            assert_eq!(of_image(image).is_some(), expected, "{image}");
        }
    }

    #[test]
    fn libraries_read_by_prefix_and_by_name() {
        assert!(is_library_variable("OMP_NUM_THREADS") && is_library_variable("FORWARDED_ALLOW_IPS"));
        assert!(is_library_variable("PGHOST") && is_library_variable("GOCACHE") && is_library_variable("GOGC"));
        assert!(
            !is_library_variable("GATEWAY_URL") && !is_library_variable("PG_URL") && !is_library_variable("GO_URL")
        );
        assert!(of_image("qdrant/qdrant").is_some_and(|it| it.reads("QDRANT__LOG_LEVEL") && !it.reads("LOG_LEVEL")));
    }
}
