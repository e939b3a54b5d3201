//! PostgreSQL's programs: where they are, and as whom they run.

use super::PostgresError;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where Debian puts the programs of each major version.
const DEBIAN: &str = "/usr/lib/postgresql";
/// The user that Debian's package makes.
const DEBIAN_USER: &str = "postgres";

/// As whom the programs run.
#[derive(Debug, Clone, Copy)]
pub(super) enum Runner {
    /// As this process does.
    Same,
    /// As another user, since this process is root: user and group.
    Other(u32, u32),
}

impl Runner {
    pub fn of_this_process() -> Result<Self, PostgresError> {
        let own = std::fs::metadata("/proc/self").map_err(PostgresError::failed("who runs this"))?;
        if own.uid() != 0 {
            return Ok(Self::Same);
        }
        let users = std::fs::read_to_string("/etc/passwd").map_err(PostgresError::failed("/etc/passwd"))?;
        let fields = users.lines().map(|line| line.split(':').collect::<Vec<_>>());
        let found = fields.into_iter().find_map(|fields| match fields.as_slice() {
            [DEBIAN_USER, _, user, group, ..] => Some(Self::Other(user.parse().ok()?, group.parse().ok()?)),
            _ => None,
        });
        found.ok_or(PostgresError::NoUser)
    }
}

/// The programs of one version.
#[derive(Debug)]
pub(super) struct Programs {
    /// Empty: they are in `PATH`.
    folder: PathBuf,
    runner: Runner,
}

impl Programs {
    pub fn find(runner: Runner) -> Result<Self, PostgresError> {
        let versions = std::fs::read_dir(DEBIAN).into_iter().flatten().filter_map(Result::ok);
        let newest = versions
            .filter_map(|entry| Some((entry.file_name().to_str()?.parse::<u32>().ok()?, entry.path())))
            .filter(|(_, path)| path.join("bin/postgres").exists())
            .max();
        let folder = newest.map(|(_, path)| path.join("bin")).unwrap_or_default();
        let programs = Self { folder, runner };
        let mut version = Command::new(programs.path("postgres"));
        version.arg("--version");
        run(version, "postgres --version").map_err(|_| PostgresError::Missing)?;
        Ok(programs)
    }

    pub fn path(&self, program: &str) -> PathBuf {
        self.folder.join(program)
    }

    /// A program as the right user, away from this process's terminal signals and environment of its own kind.
    pub fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        if let Runner::Other(user, group) = self.runner {
            command.uid(user).gid(group);
        }
        command.current_dir("/").process_group(0);
        let foreign = std::env::vars_os().map(|(name, _)| name);
        foreign.filter(|name| name.to_string_lossy().starts_with("PG")).for_each(|name| {
            command.env_remove(name);
        });
        command
    }

    /// Gives a new directory to the user, for him alone.
    pub fn give(&self, directory: &Path) -> std::io::Result<()> {
        std::fs::set_permissions(directory, std::fs::Permissions::from_mode(0o700))?;
        match self.runner {
            Runner::Same => Ok(()),
            Runner::Other(user, group) => std::os::unix::fs::chown(directory, Some(user), Some(group)),
        }
    }

    /// Sends a signal to a process of ours.
    pub fn signal(&self, signal: &str, pid: u32) {
        let mut kill = self.command("/bin/sh");
        kill.args(["-c", r#"kill "$1" "$2" 2>/dev/null"#, "sh", signal]).arg(pid.to_string());
        let _ = kill.status();
    }
}

/// Runs a program to its end; what it printed.
pub(super) fn run(mut command: Command, what: &'static str) -> Result<String, PostgresError> {
    let output = command.output().map_err(PostgresError::failed(what))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    Err(PostgresError::Failed { what, reason: String::from_utf8_lossy(&output.stderr).trim().to_owned() })
}

/// The processes that a process started.
pub(super) fn children(pid: u32) -> Vec<u32> {
    let told = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
    told.split_whitespace().filter_map(|pid| pid.parse().ok()).collect()
}
