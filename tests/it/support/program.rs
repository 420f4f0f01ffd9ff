//! The real program, as a process.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

use super::HANGS;

/// Runs a command on a data folder to its end.
pub fn leadtrail(data: &Path, arguments: &[&str]) -> Output {
    command(data).args(arguments).output().unwrap()
}

/// Runs a command that succeeds, and reads what it prints as JSON.
pub fn leadtrail_json(data: &Path, arguments: &[&str]) -> Value {
    let output = leadtrail(data, arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn command(data: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_leadtrail"));
    command.arg("--data").arg(data).env_remove("LEADTRAIL_DATA").env("LEADTRAIL_LOG", "warn");
    command
}

/// A running `leadtrail serve` on free ports. Killed when dropped.
pub struct Serving {
    pub child: Child,
    pub hooks: SocketAddr,
    pub ui: SocketAddr,
    pub token: String,
    /// What stdout says after its two lines.
    pub rest: BufReader<std::process::ChildStdout>,
}

pub fn serve(data: &Path) -> Serving {
    serve_with(data, &[])
}

/// As [`serve`], with more of its options.
pub fn serve_with(data: &Path, options: &[&str]) -> Serving {
    let mut child = command(data)
        .args(["serve", "--hooks", "127.0.0.1:0", "--ui", "127.0.0.1:0"])
        .args(options)
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .unwrap();
    let mut rest = BufReader::new(child.stdout.take().unwrap());
    let (mut first, mut second) = (String::new(), String::new());
    rest.read_line(&mut first).unwrap();
    rest.read_line(&mut second).unwrap();
    let hooks = first.trim().strip_prefix("hooks http://").unwrap_or_else(|| panic!("{first:?}")).parse().unwrap();
    let (ui, token) = second
        .trim()
        .strip_prefix("ui http://")
        .and_then(|ui| ui.split_once("/?token="))
        .unwrap_or_else(|| panic!("{second:?}"));
    let (ui, token) = (ui.parse().unwrap(), token.to_string());
    Serving { child, hooks, ui, token, rest }
}

impl Serving {
    /// Asks it to end, as a system that shuts down does, and answers its exit code.
    pub fn terminate(&mut self) -> Option<i32> {
        let killed = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        assert!(killed.success());
        self.child.wait().unwrap().code()
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A connection that is kept open.
pub struct Line {
    stream: BufReader<TcpStream>,
}

impl Line {
    pub fn open(address: SocketAddr) -> std::io::Result<Line> {
        let stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(HANGS))?;
        stream.set_nodelay(true)?;
        Ok(Line { stream: BufReader::new(stream) })
    }

    pub fn write(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.stream.get_mut().write_all(bytes)
    }

    pub fn post(&mut self, path: &str, body: &[u8]) -> std::io::Result<(u16, Vec<u8>)> {
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        self.write(&[head.as_bytes(), body].concat())?;
        self.answer()
    }

    pub fn get(&mut self, path: &str, headers: &str) -> std::io::Result<(u16, Vec<u8>)> {
        self.write(format!("GET {path} HTTP/1.1\r\n{headers}\r\n").as_bytes())?;
        self.answer()
    }

    /// The next answer on the line.
    pub fn answer(&mut self) -> std::io::Result<(u16, Vec<u8>)> {
        let broken = || std::io::Error::from(std::io::ErrorKind::UnexpectedEof);
        let mut line = String::new();
        self.stream.read_line(&mut line)?;
        let status = line.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or_else(broken)?;
        let mut length = 0;
        loop {
            line.clear();
            if self.stream.read_line(&mut line)? == 0 {
                return Err(broken());
            }
            let lower = line.trim().to_ascii_lowercase();
            if let Some(value) = lower.strip_prefix("content-length:") {
                length = value.trim().parse().map_err(|_| broken())?;
            }
            if lower.is_empty() {
                break;
            }
        }
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body)?;
        Ok((status, body))
    }
}
