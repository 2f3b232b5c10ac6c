//! A directory to run the binary in, and the binary.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use super::records::Records;

/// Longest wait for something that happens in a moment on an idle machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// Settings under which a test is quick: no pauses between requests, every article kept, everything on
/// loopback allowed.
pub const QUICK: &str =
    "[region]\nkeep = \"all\"\n[fetch]\nspacing = \"0s\"\nallow_private = [\"127.0.0.0/8\"]\n";

/// A configuration, its state and its output, gone at the end.
pub struct House {
    root: TempDir,
}

impl House {
    /// With this configuration; `out` and `state` stand beside it.
    pub fn new(configuration: &str) -> Self {
        let house = Self {
            root: tempfile::tempdir().expect("a directory"),
        };
        house.configure(configuration);
        house
    }

    /// Quick settings and one block of lines for each feed; each has an `id` and a `name` already.
    pub fn quick(feeds: &[(&str, String)]) -> Self {
        Self::new(&with_feeds(QUICK, feeds))
    }

    pub fn configure(&self, configuration: &str) {
        fs::write(self.path("khabar.toml"), configuration).expect("a configuration");
    }

    pub fn path(&self, relative: &str) -> PathBuf {
        self.root.path().join(relative)
    }

    pub fn out(&self) -> PathBuf {
        self.path("out")
    }

    /// The binary with these arguments and this house's configuration.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = khabar(arguments);
        command.arg("--config").arg(self.path("khabar.toml"));
        command
    }

    /// Runs to the end, whatever that is.
    pub fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("the binary starts")
    }

    /// Runs to the end, which must be a good one; returns standard output and standard error.
    pub fn must(&self, arguments: &[&str]) -> (String, String) {
        let output = self.run(arguments);
        let text = texts(&output);
        assert!(
            output.status.success(),
            "{arguments:?}: {}\n{}{}",
            output.status,
            text.0,
            text.1
        );
        text
    }

    /// One pass over every feed.
    pub fn once(&self) -> (String, String) {
        self.must(&["once", "--all"])
    }

    /// Starts and does not wait.
    pub fn start(&self, arguments: &[&str]) -> Running {
        Running::start(self.command(arguments), self.path("stderr.txt"))
    }

    /// `khabar verify --deep`, which must find nothing.
    pub fn verified(&self) {
        self.must(&["verify", "--deep"]);
    }

    pub fn records(&self) -> Records {
        Records::read(&self.out())
    }

    /// One line of `khabar feeds --json`.
    pub fn feed(&self, id: &str) -> Value {
        let (text, _) = self.must(&["feeds", "--json"]);
        let rows = text
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
        rows.into_iter()
            .find(|row| row["id"] == id)
            .expect("the feed is listed")
    }
}

/// A configuration of these settings and these feeds.
pub fn with_feeds(settings: &str, feeds: &[(&str, String)]) -> String {
    let blocks = feeds.iter().map(|(id, lines)| {
        let name = if lines.contains("name =") {
            String::new()
        } else {
            format!("name = \"{id}\"\n")
        };
        format!("[[feed]]\nid = \"{id}\"\n{name}{lines}\n")
    });
    format!("{settings}\n{}", blocks.collect::<String>())
}

/// Runs the binary in `dir` with these lines as its input.
pub fn run(dir: &Path, arguments: &[&str], lines: &[u8]) -> Output {
    let mut command = khabar(arguments);
    command
        .current_dir(dir)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().expect("the binary starts");
    let mut input = child.stdin.take().expect("a pipe");
    let lines = lines.to_owned();
    let writer = thread::spawn(move || input.write_all(&lines));
    let output = child.wait_with_output().expect("it ends");
    writer
        .join()
        .expect("a thread")
        .expect("it reads everything");
    output
}

/// The binary with these arguments.
pub fn khabar(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_khabar"));
    command
        .args(arguments)
        .stdin(Stdio::null())
        .env_remove("RUST_LOG")
        .env_remove("KHABAR_CONFIG");
    command
}

pub fn texts(output: &Output) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&output.stdout), text(&output.stderr))
}

/// A binary at work; killed when it is dropped.
pub struct Running {
    child: Child,
    stderr: PathBuf,
}

impl Running {
    pub fn start(mut command: Command, stderr: PathBuf) -> Self {
        let file = fs::File::create(&stderr).expect("a file");
        let child = command
            .stdout(Stdio::null())
            .stderr(file)
            .spawn()
            .expect("the binary starts");
        Self { child, stderr }
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill")
            .arg(format!("-{name}"))
            .arg(self.pid().to_string())
            .status();
        assert!(
            sent.is_ok_and(|status| status.success()),
            "cannot send SIG{name}"
        );
    }

    /// SIGKILL.
    pub fn kill(mut self) -> ExitStatus {
        self.child.kill().expect("it can be killed");
        self.child.wait().expect("it ends")
    }

    /// SIGTERM; returns how it ended and how long that took.
    pub fn terminate(&mut self) -> (ExitStatus, Duration) {
        let asked = Instant::now();
        self.signal("TERM");
        (self.wait(), asked.elapsed())
    }

    pub fn wait(&mut self) -> ExitStatus {
        let mut status = None;
        until("the end of the process", || {
            status = self.child.try_wait().expect("it can be asked");
            status.is_some()
        });
        status.expect("it ended")
    }

    pub fn has_ended(&mut self) -> bool {
        self.child.try_wait().expect("it can be asked").is_some()
    }

    /// What it has said so far.
    pub fn said(&self) -> String {
        fs::read_to_string(&self.stderr).unwrap_or_default()
    }

    /// Waits until it says this.
    pub fn says(&self, text: &str) {
        until(&format!("{text:?} in the log"), || {
            self.said().contains(text)
        });
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits until it is so.
pub fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < PATIENCE, "waited in vain for {what}");
        thread::sleep(Duration::from_millis(10));
    }
}

/// A copy of a directory and everything in it.
pub fn copy_dir(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a directory");
    for entry in fs::read_dir(from).expect("a directory") {
        let path = entry.expect("an entry").path();
        let target = to.join(path.file_name().expect("a name"));
        if path.is_dir() {
            copy_dir(&path, &target);
        } else {
            fs::copy(&path, &target).expect("a copy");
        }
    }
}
