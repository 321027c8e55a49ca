//! One connection.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

use super::{Request, Response};

/// How long a connection waits for the other side before it gives up.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Longest head of an answer that is read.
const MAX_HEAD_BYTES: usize = 1 << 20;

/// What carries the bytes: a socket, or something encrypted over one.
pub trait Transport: Read + Write + Send {}

impl<T: Read + Write + Send> Transport for T {}

/// A connection and what was read ahead on it.
pub struct Connection {
    transport: Box<dyn Transport>,
    socket: TcpStream,
    ahead: Vec<u8>,
}

impl Connection {
    /// Connects in plain text.
    pub fn open(address: SocketAddr) -> io::Result<Self> {
        let socket = TcpStream::connect_timeout(&address, PATIENCE)?;
        Self::over(Box::new(socket.try_clone()?), socket)
    }

    /// Speaks over `transport`, which itself runs over `socket`.
    pub fn over(transport: Box<dyn Transport>, socket: TcpStream) -> io::Result<Self> {
        socket.set_nodelay(true)?;
        let connection = Self { transport, socket, ahead: Vec::new() };
        connection.set_patience(PATIENCE)?;
        Ok(connection)
    }

    /// How long to wait from now on.
    pub fn set_patience(&self, patience: Duration) -> io::Result<()> {
        self.socket.set_read_timeout(Some(patience))?;
        self.socket.set_write_timeout(Some(patience))
    }

    /// Sends a request and reads the answer. A server may answer and close before it has read everything: then the answer counts.
    pub fn ask(&mut self, request: &Request) -> io::Result<Response> {
        let sent = self.send(&request.encode());
        match self.read_response(request.is_head()) {
            Ok(response) => Ok(response),
            Err(error) => Err(sent.err().unwrap_or(error)),
        }
    }

    /// Sends bytes as they are.
    pub fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.transport.write_all(bytes)?;
        self.transport.flush()
    }

    /// Tells the server that nothing more comes.
    pub fn finish_sending(&self) -> io::Result<()> {
        self.socket.shutdown(Shutdown::Write)
    }

    /// Reads one answer to its end (RFC 9112, section 6.3).
    pub fn read_response(&mut self, is_head: bool) -> io::Result<Response> {
        let mut response = self.read_head()?;
        if is_head || matches!(response.status, 204 | 304) {
            return Ok(response);
        }
        let is_chunked =
            response.field("transfer-encoding").is_some_and(|coding| coding.eq_ignore_ascii_case("chunked"));
        response.body = match response.field("content-length") {
            _ if is_chunked => self.read_chunks()?,
            Some(length) => {
                let length = length.parse().map_err(|_| malformed("the length of the body is no number"))?;
                self.take(length)?
            }
            None => self.read_to_end()?,
        };
        Ok(response)
    }

    /// Reads the head of an answer, and the informational ones before it.
    pub fn read_head(&mut self) -> io::Result<Response> {
        let mut interim = Vec::new();
        loop {
            let mut response = parse_head(&self.take_head()?)?;
            if !(100..200).contains(&response.status) {
                response.interim = interim;
                return Ok(response);
            }
            interim.push(response.status);
        }
    }

    /// Exactly `length` bytes.
    pub fn take(&mut self, length: usize) -> io::Result<Vec<u8>> {
        while self.ahead.len() < length {
            self.read_more()?;
        }
        let rest = self.ahead.split_off(length);
        Ok(std::mem::replace(&mut self.ahead, rest))
    }

    /// Everything until the server closes.
    pub fn read_to_end(&mut self) -> io::Result<Vec<u8>> {
        while self.read_some()? > 0 {}
        Ok(std::mem::take(&mut self.ahead))
    }

    /// Whether the server closed the connection and nothing is left to read. Waits for either.
    pub fn is_closed(&mut self) -> bool {
        if !self.ahead.is_empty() {
            return false;
        }
        match self.read_some() {
            Ok(count) => count == 0,
            Err(error) => !matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut),
        }
    }

    fn read_chunks(&mut self) -> io::Result<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            let line = self.take_through(b"\r\n")?;
            let text = String::from_utf8_lossy(&line);
            let size = text.split(';').next().unwrap_or_default().trim();
            let size =
                usize::from_str_radix(size, 16).map_err(|_| malformed("the size of a chunk is no number"))?;
            if size == 0 {
                while self.take_through(b"\r\n")?.len() > 2 {}
                return Ok(body);
            }
            body.extend(self.take(size)?);
            if self.take(2)? != b"\r\n" {
                return Err(malformed("a chunk does not end where it says"));
            }
        }
    }

    fn take_head(&mut self) -> io::Result<Vec<u8>> {
        self.take_through(b"\r\n\r\n")
    }

    fn take_through(&mut self, end: &[u8]) -> io::Result<Vec<u8>> {
        let mut searched = 0;
        loop {
            let found = self.ahead[searched..].windows(end.len()).position(|window| window == end);
            if let Some(at) = found {
                return self.take(searched + at + end.len());
            }
            if self.ahead.len() > MAX_HEAD_BYTES {
                return Err(malformed("the head of the answer has no end"));
            }
            searched = self.ahead.len().saturating_sub(end.len());
            self.read_more()?;
        }
    }

    fn read_more(&mut self) -> io::Result<()> {
        if self.read_some()? == 0 { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(()) }
    }

    /// Reads what is there, at least one byte unless the connection was closed; gives how much.
    fn read_some(&mut self) -> io::Result<usize> {
        const PIECE_BYTES: usize = 64 << 10;
        let before = self.ahead.len();
        self.ahead.resize(before + PIECE_BYTES, 0);
        let outcome = self.transport.read(&mut self.ahead[before..]);
        self.ahead.truncate(before + outcome.as_ref().copied().unwrap_or_default());
        outcome
    }
}

fn parse_head(head: &[u8]) -> io::Result<Response> {
    let text = String::from_utf8_lossy(head);
    let mut lines = text.split("\r\n").take_while(|line| !line.is_empty());
    let status_line = lines.next().unwrap_or_default();
    let status = status_line.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3)?.parse().ok());
    let status = status.ok_or_else(|| malformed("the answer has no status line"))?;
    let fields = lines.map(|line| {
        let (name, value) =
            line.split_once(':').ok_or_else(|| malformed("a line of the head is no field"))?;
        Ok((name.to_owned(), value.trim().to_owned()))
    });
    Ok(Response { status, fields: fields.collect::<io::Result<_>>()?, ..Response::default() })
}

fn malformed(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}
