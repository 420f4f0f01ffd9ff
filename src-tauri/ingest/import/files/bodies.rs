//! A file of bodies as services send them: an array of them, or one after the other.

use std::cell::Cell;
use std::io::{BufRead, BufReader};
use std::rc::Rc;

use super::{Counted, FilePiece, LARGEST, PieceKind, Unfit, whole};

/// Cuts a file of JSON into bodies without parsing them: each as its bytes stand there.
pub(super) struct Bodies {
    pub(super) input: BufReader<Counted>,
    pub(super) since: Rc<Cell<usize>>,
    /// Each line is a piece of its own, whatever it holds.
    pub(super) by_line: bool,
    pub(super) line: u64,
    /// Arrays that are open around the bodies: 0 or 1.
    pub(super) depth: u8,
    /// The line the open array began in, and its elements so far.
    pub(super) opened: u64,
    pub(super) nth: u64,
    /// The element that was read last, where its line alone does not tell which it is.
    pub(super) element: Option<u64>,
}

impl Bodies {
    pub(super) fn peek(&mut self) -> Result<Option<u8>, Unfit> {
        Ok(self.input.fill_buf()?.first().copied())
    }

    pub(super) fn take(&mut self) -> Result<Option<u8>, Unfit> {
        let Some(byte) = self.peek()? else { return Ok(None) };
        self.input.consume(1);
        if byte == b'\n' {
            self.line += 1;
        }
        Ok(Some(byte))
    }

    pub(super) fn next(&mut self) -> Result<Option<FilePiece>, Unfit> {
        if self.by_line {
            return self.next_line();
        }
        loop {
            self.since.set(0);
            let Some(byte) = self.peek()? else { return Ok(None) };
            match byte {
                b'[' if self.depth == 0 => {
                    (self.depth, self.opened, self.nth) = (1, self.line, 0);
                    self.take()?;
                }
                b']' if self.depth == 1 => {
                    self.depth = 0;
                    self.take()?;
                }
                // White space, commas, a byte order mark, a non-breaking space.
                b if b.is_ascii_whitespace() || b == b',' || matches!(b, 0xef | 0xbb | 0xbf | 0xc2 | 0xa0 | 0x1e) => {
                    self.take()?;
                }
                _ => {
                    self.nth += 1;
                    self.element = (self.depth == 1 && self.line == self.opened).then_some(self.nth);
                    let piece = if matches!(byte, b'{' | b'[') { self.body() } else { self.line_of_nothing() };
                    return piece.map(Some);
                }
            }
        }
    }

    pub(super) fn next_line(&mut self) -> Result<Option<FilePiece>, Unfit> {
        loop {
            let (line, mut bytes, mut large) = (self.line, Vec::new(), false);
            loop {
                self.since.set(0);
                let held = self.input.fill_buf()?;
                if held.is_empty() {
                    break;
                }
                let end = held.iter().position(|byte| *byte == b'\n');
                let n = end.map_or(held.len(), |end| end + 1);
                large |= bytes.len() + n > LARGEST;
                if !large {
                    bytes.extend_from_slice(held.get(..n).unwrap_or_default());
                }
                self.input.consume(n);
                if end.is_some() {
                    self.line += 1;
                    break;
                }
            }
            if large {
                return Ok(Some(FilePiece { line, what: PieceKind::Bad("This is too large.".into()) }));
            }
            let body = bytes.strip_prefix(&[0xef, 0xbb, 0xbf]).unwrap_or(&bytes).trim_ascii();
            let what = match body.first() {
                None if bytes.is_empty() => return Ok(None),
                None => continue,
                Some(b'{' | b'[') if whole(body).is_err_and(|torn| torn) => {
                    PieceKind::Bad("The line ends in the middle of this.".into())
                }
                Some(b'{' | b'[') => PieceKind::Body(body.to_vec()),
                Some(_) => PieceKind::Bad("This is no message of a service.".into()),
            };
            return Ok(Some(FilePiece { line, what }));
        }
    }

    pub(super) fn body(&mut self) -> Result<FilePiece, Unfit> {
        let line = self.line;
        let (mut bytes, mut open, mut quoted, mut escaped, mut large) = (Vec::new(), 0_usize, false, false, false);
        loop {
            self.since.set(0);
            let Some(byte) = self.take()? else {
                return Ok(FilePiece { line, what: PieceKind::Bad("The file ends in the middle of this.".into()) });
            };
            large |= bytes.len() >= LARGEST;
            if large {
                bytes.clear();
            } else {
                bytes.push(byte);
            }
            if quoted {
                match byte {
                    _ if escaped => escaped = false,
                    b'\\' => escaped = true,
                    b'"' => quoted = false,
                    _ => {}
                }
                continue;
            }
            match byte {
                b'"' => quoted = true,
                b'{' | b'[' => open += 1,
                b'}' | b']' => {
                    open = open.saturating_sub(1);
                    if open == 0 {
                        let what =
                            if large { PieceKind::Bad("This is too large.".into()) } else { PieceKind::Body(bytes) };
                        return Ok(FilePiece { line, what });
                    }
                }
                _ => {}
            }
        }
    }

    pub(super) fn line_of_nothing(&mut self) -> Result<FilePiece, Unfit> {
        let line = self.line;
        loop {
            self.since.set(0);
            match self.peek()? {
                None => break,
                Some(b'{' | b'[' | b']' | b',') if self.depth == 1 => break,
                Some(b'\n') => {
                    self.take()?;
                    break;
                }
                Some(_) => {
                    self.take()?;
                }
            }
        }
        Ok(FilePiece { line, what: PieceKind::Bad("This is no message of a service.".into()) })
    }
}
