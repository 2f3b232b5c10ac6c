//! What a process takes over time, and whether it grows.

use std::fs;

/// Measures one process.
pub struct Gauge {
    pid: u32,
    samples: Vec<Sample>,
}

#[derive(Clone, Copy)]
struct Sample {
    at: f64,
    memory: f64,
    files: f64,
}

/// How a quantity went, by least squares.
#[derive(Clone, Copy, Debug)]
pub struct Trend {
    pub mean: f64,
    /// From the beginning of what was looked at to its end.
    pub growth: f64,
    /// Standard deviation of what the line does not explain.
    pub noise: f64,
}

impl Gauge {
    pub fn of(pid: u32) -> Self {
        Self {
            pid,
            samples: Vec::new(),
        }
    }

    /// Measures at a time, by whatever clock.
    pub fn sample(&mut self, at: f64) {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid)).expect("it runs");
        let anonymous = status
            .lines()
            .find_map(|line| line.strip_prefix("RssAnon:"));
        let kib = anonymous.expect("a line").trim().trim_end_matches(" kB");
        let files = fs::read_dir(format!("/proc/{}/fd", self.pid)).expect("it runs");
        self.samples.push(Sample {
            at,
            memory: kib.parse::<f64>().expect("a number") / 1024.0,
            files: files.count() as f64,
        });
    }

    /// Memory of its own, MiB, after a warm-up.
    pub fn memory(&self, warm_up: f64) -> Trend {
        self.trend(warm_up, |sample| sample.memory)
    }

    /// Open files and sockets, after a warm-up.
    pub fn files(&self, warm_up: f64) -> Trend {
        self.trend(warm_up, |sample| sample.files)
    }

    fn trend(&self, warm_up: f64, of: impl Fn(&Sample) -> f64) -> Trend {
        let warm: Vec<(f64, f64)> = self
            .samples
            .iter()
            .filter(|sample| sample.at >= warm_up)
            .map(|sample| (sample.at, of(sample)))
            .collect();
        assert!(warm.len() >= 8, "{} samples are too few", warm.len());
        let count = warm.len() as f64;
        let (at, mean) = (
            warm.iter().map(|(at, _)| at).sum::<f64>() / count,
            warm.iter().map(|(_, value)| value).sum::<f64>() / count,
        );
        let spread: f64 = warm.iter().map(|(x, _)| (x - at).powi(2)).sum();
        let slope = warm.iter().map(|(x, y)| (x - at) * (y - mean)).sum::<f64>() / spread;
        let unexplained = warm
            .iter()
            .map(|(x, y)| (y - mean - slope * (x - at)).powi(2))
            .sum::<f64>();
        Trend {
            mean,
            growth: slope * (warm[warm.len() - 1].0 - warm[0].0),
            noise: (unexplained / count).sqrt(),
        }
    }
}
