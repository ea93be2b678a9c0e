//! A web server on loopback that plays a script: what to answer by path, and a log of what was asked.
//!
//! Raw bytes on both sides, so that a test can send what no library would and see what really arrives.

use std::collections::HashMap;
use std::collections::VecDeque;
use std::io::BufRead;
use std::io::BufReader;
use std::io::Read;
use std::io::Write;
use std::net::Ipv4Addr;
use std::net::SocketAddr;
use std::net::TcpListener;
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::Mutex;
use std::thread::JoinHandle;
use std::time::Duration;

use url::Url;

/// Time between two bytes of a drip; far below any deadline under test.
const DRIP_GAP: Duration = Duration::from_millis(20);

/// One answer of the script.
#[derive(Clone, Debug)]
pub struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    length: Option<usize>,
    manner: Manner,
}

#[derive(Clone, Copy, Debug)]
enum Manner {
    AtOnce,
    Drip,
    Silence,
}

impl Answer {
    /// A status with an empty body and its length.
    pub fn new(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Vec::new(),
            length: Some(0),
            manner: Manner::AtOnce,
        }
    }

    /// A redirect to `location`.
    pub fn redirect(status: u16, location: impl AsRef<str>) -> Self {
        Self::new(status).header("Location", location.as_ref())
    }

    /// One more header, as written.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The body with its true length.
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self.length = Some(self.body.len());
        self
    }

    /// No `Content-Length`: the end of the connection ends the body.
    pub fn without_length(mut self) -> Self {
        self.length = None;
        self
    }

    /// A `Content-Length` that may be a lie.
    pub fn claimed_length(mut self, length: usize) -> Self {
        self.length = Some(length);
        self
    }

    /// The body comes byte by byte.
    pub fn drip(mut self) -> Self {
        self.manner = Manner::Drip;
        self
    }

    /// Nothing comes, and the connection stays.
    pub fn silence() -> Self {
        Self {
            manner: Manner::Silence,
            ..Self::new(200)
        }
    }
}

/// One request, as it arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Method and target of the request line, byte for byte: "GET /feed".
    pub line: String,
    /// Headers in order, names in lower case.
    pub headers: Vec<(String, String)>,
}

impl Request {
    /// The value of a header; none where it was not sent.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(header, _)| header == name)
            .map(|(_, value)| value.as_str())
    }
}

#[derive(Default)]
struct Script {
    answers: HashMap<String, VecDeque<Answer>>,
    requests: Vec<Request>,
    is_over: bool,
}

/// The server; it ends when dropped.
pub struct WebServer {
    address: SocketAddr,
    script: Arc<Mutex<Script>>,
    listening: Option<JoinHandle<()>>,
}

impl WebServer {
    /// A server on a port that the system chooses. It answers 404 until told otherwise.
    pub fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let script = Arc::new(Mutex::new(Script::default()));
        let shared = Arc::clone(&script);
        let listening = std::thread::spawn(move || listen(&listener, &shared));
        Self {
            address,
            script,
            listening: Some(listening),
        }
    }

    /// The address of a path here.
    pub fn url(&self, path: &str) -> Url {
        Url::parse(&format!("http://{}{path}", self.address)).unwrap()
    }

    /// What `target` (a path with its query, or a whole address when the server is a proxy) answers from now on.
    pub fn answer(&self, target: &str, answer: Answer) {
        self.answers(target, [answer]);
    }

    /// What `target` answers one after the other; the last answer stays.
    pub fn answers(&self, target: &str, answers: impl IntoIterator<Item = Answer>) {
        self.script
            .lock()
            .unwrap()
            .answers
            .insert(target.to_owned(), answers.into_iter().collect());
    }

    /// Every request until now, in order.
    pub fn requests(&self) -> Vec<Request> {
        self.script.lock().unwrap().requests.clone()
    }

    /// The request lines until now, in order.
    pub fn lines(&self) -> Vec<String> {
        self.requests().into_iter().map(|request| request.line).collect()
    }

    /// The last request.
    pub fn last(&self) -> Request {
        self.requests().pop().unwrap()
    }
}

impl Drop for WebServer {
    fn drop(&mut self) {
        self.script.lock().unwrap().is_over = true;
        // Wakes the listener, which then sees that it is over.
        let _ = TcpStream::connect(self.address);
        if let Some(listening) = self.listening.take() {
            let _ = listening.join();
        }
    }
}

fn listen(listener: &TcpListener, script: &Arc<Mutex<Script>>) {
    std::thread::scope(|scope| {
        for stream in listener.incoming() {
            if script.lock().unwrap().is_over {
                return;
            }
            if let Ok(stream) = stream {
                // A client that goes away in the middle is part of many tests.
                scope.spawn(move || serve(stream, script).unwrap_or_default());
            }
        }
    });
}

fn serve(mut stream: TcpStream, script: &Mutex<Script>) -> std::io::Result<()> {
    let Some(request) = read_request(&stream)? else {
        return Ok(());
    };
    let target = request.line.split(' ').nth(1).unwrap_or_default().to_owned();
    let answer = {
        let mut script = script.lock().unwrap();
        script.requests.push(request);
        match script.answers.get_mut(&target) {
            Some(answers) if answers.len() > 1 => answers.pop_front(),
            Some(answers) => answers.front().cloned(),
            None => None,
        }
    };
    send(&mut stream, &answer.unwrap_or_else(|| Answer::new(404)))
}

fn read_request(stream: &TcpStream) -> std::io::Result<Option<Request>> {
    let mut lines = BufReader::new(stream).lines();
    let Some(first) = lines.next().transpose()? else {
        return Ok(None);
    };
    let mut headers = Vec::new();
    for line in lines {
        let line = line?;
        let Some((name, value)) = line.split_once(':') else {
            break;
        };
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let line = first
        .rsplit_once(' ')
        .map_or(first.as_str(), |(line, _)| line)
        .to_owned();
    Ok(Some(Request { line, headers }))
}

fn send(stream: &mut TcpStream, answer: &Answer) -> std::io::Result<()> {
    let mut head = format!("HTTP/1.1 {} Scripted\r\nConnection: close\r\n", answer.status);
    if let Some(length) = answer.length {
        head += &format!("Content-Length: {length}\r\n");
    }
    for (name, value) in &answer.headers {
        head += &format!("{name}: {value}\r\n");
    }
    head += "\r\n";
    match answer.manner {
        Manner::AtOnce => {
            stream.write_all(head.as_bytes())?;
            stream.write_all(&answer.body)
        }
        Manner::Drip => {
            stream.write_all(head.as_bytes())?;
            answer.body.iter().try_for_each(|byte| {
                stream.write_all(&[*byte])?;
                wait_for_goodbye(stream, Some(DRIP_GAP))
            })
        }
        Manner::Silence => wait_for_goodbye(stream, None),
    }
}

/// Waits until the client closes (an error) or the time is over.
fn wait_for_goodbye(stream: &mut TcpStream, time: Option<Duration>) -> std::io::Result<()> {
    stream.set_read_timeout(time)?;
    match stream.read(&mut [0]) {
        Ok(0) => Err(std::io::ErrorKind::BrokenPipe.into()),
        Ok(_) => Ok(()),
        Err(error)
            if matches!(
                error.kind(),
                std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut
            ) =>
        {
            Ok(())
        }
        Err(error) => Err(error),
    }
}
