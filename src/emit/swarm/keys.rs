//! What `docker stack` makes of each key of a compose service, as data: docker CLI 28, measured one key at a time.
//!
//! A stack has only keys that are honoured. The others are refused, or dropped with a line that nobody reads, or
//! dropped without a word (`tmpfs`, `depends_on`).

/// Keys that take effect.
#[rustfmt::skip]
pub(super) static HONOURED: &[&str] = &[
    "cap_add", "cap_drop", "command", "configs", "credential_spec", "deploy", "dns", "dns_search", "entrypoint",
    "env_file", "environment", "extra_hosts", "healthcheck", "hostname", "image", "init", "isolation", "labels",
    "logging", "networks", "oom_score_adj", "ports", "read_only", "secrets", "stdin_open", "stop_grace_period",
    "stop_signal", "sysctls", "tty", "ulimits", "user", "volumes", "working_dir",
];

/// Keys that are accepted and then dropped.
#[cfg(test)]
#[rustfmt::skip]
static IGNORED: &[&str] = &[
    "build", "cgroup_parent", "container_name", "depends_on", "devices", "domainname", "expose", "external_links",
    "ipc", "links", "mac_address", "network_mode", "pid", "privileged", "restart", "security_opt", "shm_size",
    "tmpfs", "userns_mode",
];

/// Keys for which the whole file is refused.
#[cfg(test)]
#[rustfmt::skip]
static REFUSED: &[&str] = &[
    "annotations", "attach", "blkio_config", "cgroup", "cpu_count", "cpu_percent", "cpu_period", "cpu_quota",
    "cpu_rt_period", "cpu_rt_runtime", "cpu_shares", "cpus", "cpuset", "develop", "device_cgroup_rules", "dns_opt",
    "extends", "gpus", "group_add", "label_file", "mem_limit", "mem_reservation", "mem_swappiness", "memswap_limit",
    "models", "oom_kill_disable", "pids_limit", "platform", "post_start", "pre_start", "pre_stop", "profiles",
    "provider", "pull_policy", "pull_refresh_after", "runtime", "scale", "storage_opt", "use_api_socket", "uts",
    "volumes_from",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emit::compose::keys;

    #[test]
    fn every_key_of_a_compose_service_is_in_exactly_one_list() {
        let mut all: Vec<&str> = [HONOURED, IGNORED, REFUSED].concat();
        all.sort_unstable();
        assert_eq!(all, keys::SERVICE);
    }
}
