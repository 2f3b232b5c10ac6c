//! What the process takes of the machine, read from `/proc` when someone asks. Where there is none, the series
//! are left out.

use std::fmt;
use std::fs;
use std::sync::atomic::AtomicU64;
use std::time::SystemTime;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::{ConstGauge, Gauge};
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;

/// Ticks of a second in `/proc`: fixed at 100 in the kernel's interface (proc(5), `sysconf(_SC_CLK_TCK)`).
const TICKS: f64 = 100.0;

pub(super) fn register(registry: &mut Registry) {
    let version = vec![("version", env!("CARGO_PKG_VERSION"))];
    registry.register("khabar_build", "The version that runs", Info::new(version));
    let started = Gauge::<f64, AtomicU64>::default();
    if let Ok(since) = SystemTime::UNIX_EPOCH.elapsed() {
        started.set(since.as_secs_f64());
    }
    let help = "When the process began its work";
    registry.register("process_start_time_seconds", help, started);
    registry.register_collector(Box::new(Process));
}

#[derive(Debug)]
struct Process;

impl Collector for Process {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        if let Some(bytes) = resident_bytes() {
            let gauge = ConstGauge::new(bytes);
            let help = "Resident memory";
            let descriptor = encoder.encode_descriptor(
                "process_resident_memory_bytes",
                help,
                None,
                gauge.metric_type(),
            )?;
            gauge.encode(descriptor)?;
        }
        if let Ok(open) = fs::read_dir("/proc/self/fd") {
            let gauge = ConstGauge::new(open.count() as u64);
            let help = "Open file descriptors";
            let descriptor =
                encoder.encode_descriptor("process_open_fds", help, None, gauge.metric_type())?;
            gauge.encode(descriptor)?;
        }
        if let Some(secs) = cpu_secs() {
            let counter = ConstCounter::new(secs);
            let help = "Processor time, user and system";
            let descriptor = encoder.encode_descriptor(
                "process_cpu_seconds",
                help,
                None,
                counter.metric_type(),
            )?;
            counter.encode(descriptor)?;
        }
        Ok(())
    }
}

fn resident_bytes() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib << 10)
}

fn cpu_secs() -> Option<f64> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    // The name of the program stands in parentheses and may hold spaces.
    let (_, fields) = stat.rsplit_once(')')?;
    let ticks = fields.split_ascii_whitespace().skip(11).take(2);
    let ticks: Option<f64> = ticks.map(|ticks| ticks.parse::<f64>().ok()).sum();
    ticks.map(|ticks| ticks / TICKS)
}
