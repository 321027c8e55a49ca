//! A client that costs little: one connection, kept alive, no thread, no copy of what it sends.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use crate::error::Error;

/// Longest wait for the next byte of an answer.
const PATIENCE: Duration = Duration::from_mins(1);
/// Bodies up to this size travel in one write with their head.
const JOINED_BYTES: usize = 64 << 10;
/// Most bytes of an answer that are read; the measured answers of this client are small.
const MAX_ANSWER_BYTES: usize = 64 << 20;

/// One connection to one server.
pub(crate) struct Client {
    address: SocketAddr,
    stream: BufReader<TcpStream>,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

/// What is sent with a request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Content<'a> {
    pub(crate) media_type: &'a str,
    pub(crate) bytes: &'a [u8],
}

impl Client {
    pub(crate) fn connect(address: SocketAddr) -> Result<Self, Error> {
        let failed = || Error::io(format!("connecting to {address}"));
        let stream = TcpStream::connect(address).map_err(failed())?;
        stream.set_nodelay(true).map_err(failed())?;
        stream.set_read_timeout(Some(PATIENCE)).map_err(failed())?;
        Ok(Self { address, stream: BufReader::new(stream) })
    }

    /// Sends a request and waits for the answer, which must have the expected status.
    pub(crate) fn ask(
        &mut self,
        (method, target): (&str, &str),
        content: Option<Content<'_>>,
        expected: u16,
    ) -> Result<Answer, Error> {
        let about = format!("{method} {target}");
        let mut answer = None;
        // What comes before the real answer, such as 100, is passed over.
        while answer.as_ref().is_none_or(|answer: &Answer| answer.status < 200) {
            if answer.is_none() {
                self.send((method, target), content).map_err(Error::io(about.clone()))?;
            }
            answer = Some(self.receive(method == "HEAD")?);
        }
        match answer {
            Some(answer) if answer.status == expected => Ok(answer),
            Some(Answer { status, body, .. }) => {
                let body = String::from_utf8_lossy(&body).into_owned();
                Err(Error::Answer { request: about, status, expected, body })
            }
            None => Err(Error::Unexpected { what: "an answer", found: "nothing".to_owned() }),
        }
    }

    /// Sends a head and only the first bytes of its body: what a slow client has done so far.
    pub(crate) fn begin(
        &mut self,
        (method, target): (&str, &str),
        announced_bytes: usize,
    ) -> Result<(), Error> {
        let head = self.head((method, target), Some(("application/octet-stream", announced_bytes)));
        self.push(head.as_bytes())
    }

    /// Sends a GET and does not wait for its answer.
    pub(crate) fn request(&mut self, target: &str) -> Result<(), Error> {
        let head = self.head(("GET", target), None);
        self.push(head.as_bytes())
    }

    /// Reads a whole answer in pieces and throws it away; `paced` hears how many bytes of the body have come. Gives their number.
    pub(crate) fn take(&mut self, target: &str, mut paced: impl FnMut(usize)) -> Result<usize, Error> {
        self.request(target)?;
        let first = self.line()?;
        let mut length = 0;
        loop {
            let line = self.line()?;
            if line.is_empty() {
                break;
            }
            if let Some((name, value)) = line.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = value.trim().parse().unwrap_or_default();
            }
        }
        let (mut taken, mut piece) = (0, vec![0; JOINED_BYTES]);
        while taken < length {
            let read = self.stream.read(&mut piece).map_err(Error::io("reading a body"))?;
            if read == 0 {
                return Err(Error::Unexpected {
                    what: "a whole body",
                    found: format!("{first}: {taken} bytes"),
                });
            }
            taken += read;
            paced(taken);
        }
        Ok(taken)
    }

    /// Sends further bytes of a body that [`Client::begin`] announced.
    pub(crate) fn push(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.stream.get_mut().write_all(bytes).map_err(Error::io("sending a part of a body"))
    }

    fn head(&self, (method, target): (&str, &str), content: Option<(&str, usize)>) -> String {
        let about = content.map_or_else(String::new, |(media_type, length_bytes)| {
            format!("Content-Type: {media_type}\r\nContent-Length: {length_bytes}\r\n")
        });
        format!("{method} {target} HTTP/1.1\r\nHost: {}\r\n{about}\r\n", self.address)
    }

    fn send(&mut self, (method, target): (&str, &str), content: Option<Content<'_>>) -> std::io::Result<()> {
        let about = content.map(|content| (content.media_type, content.bytes.len()));
        let mut head = self.head((method, target), about).into_bytes();
        let body = content.map_or(&[][..], |content| content.bytes);
        let socket = self.stream.get_mut();
        if body.len() <= JOINED_BYTES {
            head.extend_from_slice(body);
            return socket.write_all(&head);
        }
        socket.write_all(&head)?;
        socket.write_all(body)
    }

    fn receive(&mut self, is_head: bool) -> Result<Answer, Error> {
        let first = self.line()?;
        let status = first.split(' ').nth(1).and_then(|text| text.parse().ok());
        let Some(status) = status else {
            return Err(Error::Unexpected { what: "the first line of an answer", found: first });
        };
        let mut headers = Vec::new();
        loop {
            let line = self.line()?;
            if line.is_empty() {
                break;
            }
            if let Some((name, value)) = line.split_once(':') {
                headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
            }
        }
        let mut answer = Answer { status, headers, body: Vec::new() };
        if !is_head && status >= 200 && status != 204 {
            let length = answer.header("content-length").and_then(|text| text.parse().ok());
            let Some(length) = length.filter(|length| *length <= MAX_ANSWER_BYTES) else {
                return Err(Error::Unexpected { what: "an answer with its length", found: first });
            };
            answer.body.resize(length, 0);
            self.stream.read_exact(&mut answer.body).map_err(Error::io("reading the body of an answer"))?;
        }
        Ok(answer)
    }

    fn line(&mut self) -> Result<String, Error> {
        let mut line = String::new();
        let read = self.stream.read_line(&mut line).map_err(Error::io("reading the head of an answer"))?;
        if read == 0 {
            return Err(Error::Unexpected { what: "an answer", found: "a closed connection".to_owned() });
        }
        Ok(line.trim_end().to_owned())
    }
}

impl Answer {
    /// The value of a header, by its name in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }
}
