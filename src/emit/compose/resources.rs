//! Limits, reservations and graphics processors.

use crate::ir::service::{Gpu, Replicas, Resources};
use crate::syntax::yaml_out::{Map, Seq, Yaml};

use super::units;

/// Writes a number of replicas. A variable stands without quotes: the tools read the number that replaces it.
pub(crate) fn replicas(replicas: &Replicas) -> Yaml {
    match replicas {
        Replicas::Count(count) => Yaml::from(*count),
        Replicas::Variable(text) => Yaml::Str(text.to_compose()),
    }
}

/// Writes `limits` and, without devices, `reservations`.
pub(crate) fn resources(resources: &Resources) -> Map {
    let Resources { cpu_millis, memory_bytes, reserve_cpu_millis, reserve_memory_bytes, gpu: _, shm_bytes: _ } =
        resources;
    Map::new()
        .put_filled("limits", amounts(*cpu_millis, *memory_bytes))
        .put_filled("reservations", amounts(*reserve_cpu_millis, *reserve_memory_bytes))
}

fn amounts(cpu_millis: Option<u64>, memory_bytes: Option<u64>) -> Map {
    Map::new().put_if("cpus", cpu_millis.map(units::cpus)).put_if("memory", memory_bytes.map(units::bytes))
}

/// Writes everything that a container may use, devices included.
pub(super) fn with_devices(all: &Resources) -> Map {
    let mut map = resources(all);
    if let Some(gpu) = &all.gpu {
        let devices = Yaml::from(Seq::new().item(device(gpu)));
        match map.entries.iter_mut().find(|it| it.key == "reservations").map(|it| &mut it.value) {
            Some(Yaml::Map(reservations)) => reservations.add("devices", devices),
            _ => map.add("reservations", Map::new().put("devices", devices)),
        };
    }
    map
}

fn device(gpu: &Gpu) -> Map {
    let device = match gpu {
        Gpu::Count(count) => Map::new().put("driver", "nvidia").put("count", *count),
        Gpu::All => Map::new().put("driver", "nvidia").put("count", "all"),
        Gpu::Ids(ids) => Map::new().put("driver", "nvidia").put("device_ids", Yaml::flow(ids)),
        Gpu::Cdi(names) => Map::new().put("driver", "cdi").put("device_ids", Yaml::flow(names)),
    };
    // Compose refuses a device without a capability.
    device.put("capabilities", Yaml::flow(["gpu"]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_join_the_reservations_that_are_there() {
        let all = Resources { reserve_memory_bytes: Some(2 << 30), gpu: Some(Gpu::All), ..Resources::default() };
        let map = with_devices(&all);
        let Some(Yaml::Map(reservations)) = map.get("reservations") else { panic!("no reservations: {map:?}") };
        assert_eq!(reservations.get("memory"), Some(&Yaml::from("2G")));
        let Some(Yaml::Seq(devices)) = reservations.get("devices") else { panic!("no devices") };
        let expected = Map::new().put("driver", "nvidia").put("count", "all").put("capabilities", Yaml::flow(["gpu"]));
        assert_eq!(devices.items[0].value, expected.into());
    }
}
