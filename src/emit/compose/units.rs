//! Lengths of time, sizes and shares of processors as compose and Swarm read them.

use crate::ir::service::Duration;

/// Writes a length of time in its largest whole unit: `3m`, `80s`, `1500ms`.
pub(crate) fn duration(duration: Duration) -> String {
    let units = [(3_600_000, "h"), (60_000, "m"), (1000, "s"), (1, "ms")];
    whole(duration.millis, &units, "0s")
}

/// Writes a size in its largest whole unit. Both tools count in powers of 1024, whatever the letter's case.
pub(crate) fn bytes(bytes: u64) -> String {
    let units = [(1 << 30, "G"), (1 << 20, "M"), (1 << 10, "K"), (1, "B")];
    whole(bytes, &units, "0B")
}

/// Writes thousandths of a processor as the decimal number that both tools take: `0.5`.
pub(crate) fn cpus(millis: u64) -> String {
    let text = format!("{}.{:03}", millis / 1000, millis % 1000);
    text.trim_end_matches('0').trim_end_matches('.').to_string()
}

fn whole(amount: u64, units: &[(u64, &str)], zero: &str) -> String {
    let unit = units.iter().find(|(size, _)| amount > 0 && amount.is_multiple_of(*size));
    unit.map_or_else(|| zero.to_string(), |(size, letter)| format!("{}{letter}", amount / size))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_have_their_largest_whole_unit() {
        let time = |millis| duration(Duration { millis });
        assert_eq!([time(180_000), time(80_000), time(1500), time(0)], ["3m", "80s", "1500ms", "0s"]);
        assert_eq!([bytes(512 << 20), bytes(2 << 30), bytes(1500)], ["512M", "2G", "1500B"]);
        assert_eq!([cpus(500), cpus(1000), cpus(1250), cpus(10)], ["0.5", "1", "1.25", "0.01"]);
    }
}
