//! Which keys a compose file may have at which place, as of the compose specification of mid 2026.

/// Keys by place; `*` stands for any key and `[]` for every item of a list.
pub static KEYS: &[(&str, &str)] = &[
    ("", "configs include models name networks secrets services version volumes"),
    ("include/[]", "env_file path project_directory"),
    (
        "services/*",
        "annotations attach blkio_config build cap_add cap_drop cgroup cgroup_parent command configs container_name \
         cpu_count cpu_percent cpu_period cpu_quota cpu_rt_period cpu_rt_runtime cpu_shares cpus cpuset \
         credential_spec depends_on deploy develop device_cgroup_rules devices dns dns_opt dns_search domainname \
         entrypoint env_file environment expose extends external_links extra_hosts gpus group_add healthcheck \
         hostname image init ipc isolation label_file labels links logging mac_address mem_limit mem_reservation \
         mem_swappiness memswap_limit models network_mode networks oom_kill_disable oom_score_adj pid pids_limit \
         platform ports post_start pre_start pre_stop privileged profiles provider pull_policy pull_refresh_after \
         read_only restart runtime scale secrets security_opt shm_size stdin_open stop_grace_period stop_signal \
         storage_opt sysctls tmpfs tty ulimits use_api_socket user userns_mode uts volumes volumes_from working_dir",
    ),
    ("services/*/develop", "watch"),
    ("services/*/develop/watch/[]", "action exec ignore include initial_sync path target"),
    (
        "services/*/deploy",
        "endpoint_mode labels mode placement replicas resources restart_policy rollback_config update_config",
    ),
    ("services/*/deploy/rollback_config", "delay failure_action max_failure_ratio monitor order parallelism"),
    ("services/*/deploy/update_config", "delay failure_action max_failure_ratio monitor order parallelism"),
    ("services/*/deploy/resources", "limits reservations"),
    ("services/*/deploy/resources/limits", "cpus memory pids"),
    ("services/*/deploy/resources/reservations", "cpus devices generic_resources memory"),
    ("services/*/deploy/resources/reservations/devices/[]", "capabilities count device_ids driver options"),
    ("services/*/deploy/restart_policy", "condition delay max_attempts window"),
    ("services/*/deploy/placement", "constraints max_replicas_per_node preferences"),
    (
        "services/*/build",
        "additional_contexts args cache_from cache_to context dockerfile dockerfile_inline entitlements extra_hosts \
         isolation labels network no_cache no_cache_filter platforms privileged provenance pull sbom secrets shm_size \
         ssh tags target ulimits",
    ),
    ("services/*/configs/[]", "gid mode source target uid"),
    ("services/*/secrets/[]", "gid mode source target uid"),
    ("services/*/depends_on/*", "condition required restart"),
    ("services/*/devices/[]", "permissions source target"),
    ("services/*/env_file/[]", "format path required"),
    ("services/*/extends", "file service"),
    ("services/*/healthcheck", "disable interval retries start_interval start_period test timeout"),
    ("services/*/logging", "driver options"),
    (
        "services/*/networks/*",
        "aliases driver_opts gw_priority interface_name ipv4_address ipv6_address link_local_ips mac_address priority",
    ),
    ("services/*/ports/[]", "app_protocol host_ip mode name protocol published target"),
    ("services/*/ulimits/*", "hard soft"),
    ("services/*/volumes/[]", "bind consistency image read_only source target tmpfs type volume"),
    ("services/*/volumes/[]/bind", "create_host_path propagation recursive selinux"),
    ("services/*/volumes/[]/volume", "labels nocopy subpath"),
    ("services/*/volumes/[]/tmpfs", "mode size"),
    ("networks/*", "attachable driver driver_opts enable_ipv4 enable_ipv6 external internal ipam labels name"),
    ("networks/*/ipam", "config driver options"),
    ("networks/*/ipam/config/[]", "aux_addresses gateway ip_range subnet"),
    ("volumes/*", "driver driver_opts external labels name"),
    ("secrets/*", "driver driver_opts environment external file labels name template_driver"),
    ("configs/*", "content environment external file labels name template_driver"),
];

/// Returns the keys that may stand at a place, if the place is known.
pub fn at(path: &[&str]) -> Option<&'static str> {
    let matches = |pattern: &str| {
        let mut parts = pattern.split('/').filter(|it| !it.is_empty());
        path.iter().all(|at| parts.next().is_some_and(|it| it == "*" && *at != "[]" || it == *at))
            && parts.next().is_none()
    };
    KEYS.iter().find(|it| matches(it.0)).map(|it| it.1)
}
