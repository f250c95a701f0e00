//! What is known of images that nobody here builds: the ports they listen on, and programs they lack.

use super::known_variable::bare_name;
use crate::syntax::image;

/// Ports by image name.
const PORTS: &[(&[&str], &[u16])] = &[
    (&["postgres", "pgvector", "timescaledb", "postgis"], &[5432]),
    (&["mysql", "mariadb", "percona"], &[3306]),
    (&["redis", "valkey", "keydb", "dragonfly"], &[6379]),
    (&["mongo"], &[27017]),
    (&["rabbitmq"], &[5672, 15672]),
    (&["nats"], &[4222, 8222]),
    (&["memcached"], &[11211]),
    (&["elasticsearch", "opensearch"], &[9200]),
    (&["qdrant"], &[6333, 6334]),
    (&["minio"], &[9000, 9001]),
    (&["clickhouse-server", "clickhouse"], &[8123, 9000]),
    (&["zookeeper"], &[2181]),
    (&["kafka", "cp-kafka", "redpanda"], &[9092]),
    (&["influxdb"], &[8086]),
    (&["etcd"], &[2379]),
    (&["meilisearch"], &[7700]),
    (&["weaviate"], &[8080]),
    (&["adminer"], &[8080]),
];

/// Stores of data.
const DATA: &[&str] = &[
    "postgres",
    "pgvector",
    "timescaledb",
    "postgis",
    "mysql",
    "mariadb",
    "percona",
    "redis",
    "valkey",
    "keydb",
    "dragonfly",
    "mongo",
    "memcached",
    "elasticsearch",
    "opensearch",
    "qdrant",
    "clickhouse-server",
    "clickhouse",
    "zookeeper",
    "influxdb",
    "etcd",
    "rabbitmq",
];

/// Consoles of such.
const CONSOLES: &[&str] = &["adminer", "phpmyadmin", "pgadmin4", "mongo-express", "flower", "redis-commander"];

/// Whether an image has a program.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Has {
    /// Certainly.
    Yes,
    /// Certainly not, unless somebody adds it.
    No,
    /// Nobody knows.
    Unknown,
}

/// Returns the last part of an image's name: `pgvector` of `pgvector/pgvector:pg17`.
pub fn short_name(image: &str) -> &str {
    bare_name(image).rsplit('/').next().unwrap_or("")
}

/// Returns the ports that an image is known to listen on.
pub fn ports(image: &str) -> &'static [u16] {
    let name = short_name(image);
    PORTS.iter().find(|it| it.0.contains(&name)).map_or(&[], |it| it.1)
}

/// Returns whether an image is a store of data, or the console of one: what nobody wants on the internet.
pub fn is_data(image: &str) -> bool {
    DATA.contains(&short_name(image)) || is_console(image)
}

/// Returns whether an image only shows the data of another one, and has none of its own.
pub fn is_console(image: &str) -> bool {
    CONSOLES.contains(&short_name(image))
}

/// Returns whether an image brings a program for health checks.
pub fn has(image: &str, program: &str) -> Has {
    if !matches!(program, "curl" | "wget") {
        return Has::Unknown;
    }
    let tag = match image::parse(image) {
        Ok(it) => it.tag.map(|it| it.text).unwrap_or_default(),
        Err(_) => return Has::Unknown,
    };
    let name = bare_name(image);
    let name = name.strip_prefix("docker.io/").unwrap_or(name);
    let name = name.strip_prefix("library/").unwrap_or(name);
    let (is_alpine, is_slim) = (tag.contains("alpine"), tag.contains("slim"));
    match name {
        "scratch" => Has::No,
        _ if name.contains("distroless") => Has::No,
        // Busybox has a wget of its own.
        "alpine" | "busybox" => {
            if program == "wget" {
                Has::Yes
            } else {
                Has::No
            }
        }
        "python" | "node" | "ruby" | "golang" | "rust" | "openjdk" if is_alpine => {
            if program == "wget" {
                Has::Yes
            } else {
                Has::No
            }
        }
        "python" | "node" | "ruby" | "rust" | "openjdk" if is_slim => Has::No,
        "python" | "node" | "ruby" | "golang" | "rust" => Has::Yes,
        "debian" | "ubuntu" => Has::No,
        "postgres" | "redis" | "mysql" | "mariadb" | "mongo" | "memcached" if !is_alpine && program == "curl" => {
            Has::No
        }
        "postgres" | "redis" | "memcached" if is_alpine => {
            if program == "wget" {
                Has::Yes
            } else {
                Has::No
            }
        }
        "qdrant/qdrant" => Has::No,
        "pgvector/pgvector" if program == "curl" => Has::No,
        _ => Has::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_of_images_are_known_only_where_they_are() {
        let cases = [
            ("python:3.10-slim", "curl", Has::No),
            ("python:3.12", "curl", Has::Yes),
            ("python:3.12-alpine", "wget", Has::Yes),
            ("node:22-bookworm-slim", "wget", Has::No),
            ("docker.io/library/debian:12", "curl", Has::No),
            ("gcr.io/distroless/static", "wget", Has::No),
            ("qdrant/qdrant:v1.9", "curl", Has::No),
            ("python:${V}", "python", Has::Unknown),
            ("ghcr.io/acme/python:slim", "curl", Has::Unknown),
        ];
        for (image, program, expected) in cases {
            assert_eq!(has(image, program), expected, "{image} {program}");
        }
        assert_eq!(ports("pgvector/pgvector:pg17"), [5432]);
        assert!(is_data("docker.io/library/redis:7") && !is_data("acme/redis-proxy"));
    }
}
