//! A mail server on this machine that can be told what to say, and what to do, at each stage.

use std::collections::HashMap;
use std::io::BufRead;
use std::io::BufReader;
use std::io::Write;
use std::net::TcpListener;
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::Mutex;

/// Another reply than the usual one.
#[derive(Clone, Copy)]
pub struct Says(pub &'static str);

type Hook = Box<dyn FnMut() + Send>;

#[derive(Default)]
struct State {
    replies: HashMap<&'static str, &'static str>,
    /// What happens when a stage is reached, before anything is said.
    hooks: HashMap<&'static str, Hook>,
    messages: Vec<Vec<u8>>,
}

/// Serves every connection until the test process ends. Stages: CONNECT, EHLO, MAIL, RCPT, DATA, END, QUIT.
pub struct MailServer {
    port: u16,
    state: Arc<Mutex<State>>,
}

impl MailServer {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let state: Arc<Mutex<State>> = Arc::default();
        let serving = Arc::clone(&state);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let state = Arc::clone(&serving);
                std::thread::spawn(move || serve(&stream, &state));
            }
        });
        Self { port, state }
    }

    /// The value of `smtp` in a configuration.
    pub fn setting(&self) -> String {
        format!("{{ host = \"127.0.0.1\", port = {}, tls = \"none\" }}", self.port)
    }

    /// From now on says this at the stage.
    pub fn at(&self, stage: &'static str, says: Says) {
        self.state.lock().unwrap().replies.insert(stage, says.0);
    }

    /// The next time that the stage is reached, does this first.
    pub fn once_at(&self, stage: &'static str, hook: impl FnMut() + Send + 'static) {
        self.state.lock().unwrap().hooks.insert(stage, Box::new(hook));
    }

    /// What it took so far.
    pub fn messages(&self) -> Vec<Vec<u8>> {
        self.state.lock().unwrap().messages.clone()
    }
}

fn serve(stream: &TcpStream, state: &Mutex<State>) {
    let mut lines = BufReader::new(stream);
    let mut stage = "CONNECT".to_owned();
    let mut message = Vec::new();
    loop {
        let hook = state.lock().unwrap().hooks.remove(stage.as_str());
        if let Some(mut hook) = hook {
            hook();
        }
        let reply = say(&stage, &mut state.lock().unwrap(), &mut message);
        let mut writer = stream;
        if writer.write_all(format!("{reply}\r\n").as_bytes()).is_err() {
            return;
        }
        // A hook of the stage after the answer: the client has it, or will have.
        let hook = state.lock().unwrap().hooks.remove(format!("AFTER {stage}").as_str());
        if let Some(mut hook) = hook {
            hook();
        }
        let in_data = reply.starts_with("354");
        let Some(next) = hear(&mut lines, in_data, &mut message) else {
            return;
        };
        stage = next;
    }
}

/// The reply at this stage; a message that is taken is kept before anybody hears of it.
fn say(stage: &str, state: &mut State, message: &mut Vec<u8>) -> String {
    let usual = match stage {
        "CONNECT" => "220 test",
        "DATA" => "354 go ahead",
        "QUIT" => "221 bye",
        _any => "250 ok",
    };
    let reply = state.replies.get(stage).copied().unwrap_or(usual);
    if stage == "END" && reply.starts_with('2') {
        state.messages.push(std::mem::take(message));
    }
    reply.to_owned()
}

fn hear(lines: &mut impl BufRead, in_data: bool, message: &mut Vec<u8>) -> Option<String> {
    loop {
        let mut line = Vec::new();
        match lines.read_until(b'\n', &mut line) {
            Ok(0) | Err(_) => return None,
            Ok(_) => {}
        }
        if !in_data {
            let line = String::from_utf8_lossy(&line);
            return Some(line.split([' ', ':', '\r']).next().unwrap_or_default().to_owned());
        }
        if line == b".\r\n" {
            return Some("END".to_owned());
        }
        // Dots are doubled on the way (RFC 5321 section 4.5.2).
        message.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
    }
}
