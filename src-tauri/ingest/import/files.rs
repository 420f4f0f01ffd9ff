//! Files read piece by piece, whatever their size: rows of tables, bodies of requests.

mod bodies;

use std::cell::Cell;
use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::Path;
use std::rc::Rc;

use serde_json::{Map, Value};
use strum::IntoStaticStr;

use bodies::Bodies;

/// The largest row or body of a file. Bytes.
const LARGEST: usize = 8 * 1024 * 1024;
/// Columns of a table.
const COLUMNS: usize = 1_000;
/// What is looked at to tell what a file is. Bytes.
const LOOK: usize = 64 * 1024;

/// Why a file cannot be read any further, in plain words.
#[derive(Debug, thiserror::Error)]
pub enum Unfit {
    /// It is not what we read.
    #[error("{0}")]
    Said(String),
    /// The disk.
    #[error("The file cannot be read: {0}.")]
    Io(#[from] std::io::Error),
}

fn said(text: &str) -> Unfit {
    Unfit::Said(text.into())
}

/// What a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr)]
#[strum(serialize_all = "lowercase")]
pub enum ImportFormat {
    /// A table with a header.
    Csv,
    /// Bodies of requests: one, an array, or one after the other.
    Json,
    /// Bodies of requests, one a line.
    Ndjson,
}

impl ImportFormat {
    /// The word in JSON.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// A piece of a file.
#[derive(Debug, Clone, PartialEq)]
pub struct FilePiece {
    /// The line it begins in, from 1.
    pub line: u64,
    /// What it is.
    pub what: PieceKind,
}

/// What a piece is.
#[derive(Debug, Clone, PartialEq)]
pub enum PieceKind {
    /// The cells of a row that are not empty, by column.
    Row(Map<String, Value>),
    /// A body, byte for byte.
    Body(Vec<u8>),
    /// Nothing that can be taken in, and why.
    Bad(String),
}

/// An open file.
pub struct Pieces {
    read: Rc<Cell<u64>>,
    from: PieceSource,
}

enum PieceSource {
    Table { reader: csv::Reader<Counted>, since: Rc<Cell<usize>>, columns: Vec<String>, behind: u64, broken: bool },
    Bodies(Box<Bodies>),
}

/// Counts what was read, and stops where one row takes more than any row may.
struct Counted {
    file: File,
    read: Rc<Cell<u64>>,
    since: Rc<Cell<usize>>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if self.since.get() > LARGEST {
            return Err(std::io::Error::new(std::io::ErrorKind::InvalidData, "one row does not end"));
        }
        let n = self.file.read(buffer)?;
        self.read.set(self.read.get() + n as u64);
        self.since.set(self.since.get() + n);
        Ok(n)
    }
}

/// Tells what a file is by its beginning.
pub fn format_of(path: &Path) -> Result<ImportFormat, Unfit> {
    let mut start = Vec::new();
    File::open(path)?.take(LOOK as u64).read_to_end(&mut start)?;
    if start.starts_with(b"PK\x03\x04") || start.starts_with(&[0xd0, 0xcf, 0x11, 0xe0]) {
        return Err(said("This is a workbook or an archive. Save the table as CSV and import that."));
    }
    if start.starts_with(&[0xff, 0xfe]) || start.starts_with(&[0xfe, 0xff]) {
        return Err(said("This file is written in UTF-16. Save it as CSV in UTF-8 and import that."));
    }
    if start.starts_with(b"%PDF") || start.contains(&0) {
        return Err(said("This is neither a table (CSV) nor JSON."));
    }
    let start = start.strip_prefix(&[0xef, 0xbb, 0xbf]).unwrap_or(&start).trim_ascii_start();
    match start.first() {
        None => Err(said("The file is empty.")),
        Some(b'[') => Ok(ImportFormat::Json),
        Some(b'{') => Ok(if by_line(path)? { ImportFormat::Ndjson } else { ImportFormat::Json }),
        Some(_) => Ok(ImportFormat::Csv),
    }
}

/// Whether a file of bodies has one a line: its first line, or where that one is torn the second, is a whole one, and
/// it is not the only line. Then a torn line takes none of those after it along.
fn by_line(path: &Path) -> Result<bool, Unfit> {
    let mut input = BufReader::new(File::open(path)?.take(LARGEST as u64));
    let mut lines: Vec<Vec<u8>> = Vec::new();
    while lines.len() < 3 {
        let mut line = Vec::new();
        if input.read_until(b'\n', &mut line)? == 0 {
            break;
        }
        let line = line.strip_prefix(&[0xef, 0xbb, 0xbf]).unwrap_or(&line).trim_ascii();
        if !line.is_empty() {
            lines.push(line.to_vec());
        }
    }
    Ok(match lines.as_slice() {
        [first, _, ..] if whole(first).is_ok() => true,
        [first, second, rest @ ..] => {
            // No body that is written over several lines has one that ends and another that begins.
            let next = rest.first().is_none_or(|line| line.starts_with(b"{"));
            whole(first).is_err_and(|torn| torn) && second.starts_with(b"{") && whole(second).is_ok() && next
        }
        _ => false,
    })
}

/// Whether this is a whole piece of JSON; where it is not, whether it ends too early.
fn whole(line: &[u8]) -> Result<(), bool> {
    serde_json::from_slice::<serde::de::IgnoredAny>(line).map(drop).map_err(|error| error.is_eof())
}

/// The sign that stands between the cells: the most frequent one of the header.
fn separator(header: &[u8]) -> u8 {
    let count = |sign: u8| {
        let mut quoted = false;
        header
            .iter()
            .take_while(|b| **b != b'\n')
            .filter(|b| {
                if **b == b'"' {
                    quoted = !quoted;
                }
                !quoted && **b == sign
            })
            .count()
    };
    [b',', b';', b'\t'].into_iter().rev().max_by_key(|sign| count(*sign)).unwrap_or(b',')
}

/// UTF-8, or where it is not that, what Windows writes.
fn decode(cell: &[u8]) -> String {
    match std::str::from_utf8(cell) {
        Ok(text) => text.to_string(),
        Err(_) => encoding_rs::WINDOWS_1252.decode_without_bom_handling(cell).0.into_owned(),
    }
}

impl Pieces {
    /// Opens a file.
    pub fn open(path: &Path, format: ImportFormat) -> Result<Pieces, Unfit> {
        let read = Rc::new(Cell::new(0));
        let mut file = File::open(path)?;
        if format != ImportFormat::Csv {
            let since = Rc::new(Cell::new(0));
            let counted = Counted { file, read: read.clone(), since: since.clone() };
            let bodies = Bodies {
                input: BufReader::with_capacity(LOOK, counted),
                since,
                by_line: format == ImportFormat::Ndjson,
                line: 1,
                depth: 0,
                opened: 0,
                nth: 0,
                element: None,
            };
            return Ok(Pieces { read, from: PieceSource::Bodies(Box::new(bodies)) });
        }
        let mut start = Vec::new();
        file.by_ref().take(LOOK as u64).read_to_end(&mut start)?;
        file.seek(SeekFrom::Start(0))?;
        let since = Rc::new(Cell::new(0));
        let counted = Counted { file, read: read.clone(), since: since.clone() };
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(separator(&start))
            .flexible(true)
            .has_headers(false)
            .from_reader(counted);
        let mut header = csv::ByteRecord::new();
        if !reader.read_byte_record(&mut header).map_err(|_| said("The header of the table cannot be read."))? {
            return Err(said("The file is empty."));
        }
        if header.len() > COLUMNS {
            return Err(said("The table has too many columns to be a log."));
        }
        let mut seen: HashMap<String, usize> = HashMap::new();
        let columns = header
            .iter()
            .enumerate()
            .map(|(index, cell)| {
                let name = decode(cell).trim_start_matches('\u{feff}').trim().chars().take(200).collect::<String>();
                let name = if name.is_empty() { format!("Column {}", index + 1) } else { name };
                let times = seen.entry(name.clone()).or_default();
                *times += 1;
                if *times == 1 { name } else { format!("{name} ({times})") }
            })
            .collect();
        since.set(0);
        // Where lines end with two signs the reader stands before the second.
        let behind =
            start.iter().position(|b| *b == b'\n').is_some_and(|end| end > 0 && start.get(end - 1) == Some(&b'\r'));
        let behind = u64::from(behind);
        Ok(Pieces { read, from: PieceSource::Table { reader, since, columns, behind, broken: false } })
    }

    /// The columns of a table; none of anything else.
    pub fn columns(&self) -> &[String] {
        match &self.from {
            PieceSource::Table { columns, .. } => columns,
            PieceSource::Bodies(_) => &[],
        }
    }

    /// Which element of an array the last piece is, where its line alone does not tell.
    pub fn element(&self) -> Option<u64> {
        match &self.from {
            PieceSource::Table { .. } => None,
            PieceSource::Bodies(bodies) => bodies.element,
        }
    }

    /// Bytes read so far.
    pub fn read(&self) -> u64 {
        self.read.get()
    }

    /// The next piece; `None` at the end.
    pub fn next(&mut self) -> Result<Option<FilePiece>, Unfit> {
        match &mut self.from {
            PieceSource::Bodies(bodies) => bodies.next(),
            PieceSource::Table { reader, since, columns, behind, broken } => {
                if *broken {
                    return Ok(None);
                }
                let mut record = csv::ByteRecord::new();
                let line = reader.position().line() + *behind;
                match reader.read_byte_record(&mut record) {
                    Ok(false) => return Ok(None),
                    Ok(true) => {}
                    Err(error) => {
                        *broken = true;
                        return match error.into_kind() {
                            csv::ErrorKind::Io(error) if error.kind() != std::io::ErrorKind::InvalidData => {
                                Err(error.into())
                            }
                            _ => {
                                let why = "From here on the table cannot be read: a quotation mark is never closed.";
                                Ok(Some(FilePiece { line, what: PieceKind::Bad(why.into()) }))
                            }
                        };
                    }
                }
                // What the reader holds already belongs to the rows after this one.
                since.set(0);
                let mut cells = Map::new();
                for (index, cell) in record.iter().enumerate() {
                    let text = decode(cell);
                    if !text.trim().is_empty() && index < COLUMNS {
                        let column = columns.get(index).cloned().unwrap_or_else(|| format!("Column {}", index + 1));
                        cells.insert(column, Value::String(text));
                    }
                }
                let what =
                    if cells.is_empty() { PieceKind::Bad("The row is empty.".into()) } else { PieceKind::Row(cells) };
                Ok(Some(FilePiece { line, what }))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(bytes: &[u8]) -> (ImportFormat, Vec<FilePiece>, Vec<String>) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("0");
        std::fs::write(&path, bytes).unwrap();
        let format = format_of(&path).unwrap();
        let mut open = Pieces::open(&path, format).unwrap();
        let mut all = Vec::new();
        while let Some(piece) = open.next().unwrap() {
            all.push(piece);
        }
        (format, all, open.columns().to_vec())
    }

    fn bodies(text: &str) -> Vec<(u64, String)> {
        let body = |piece: FilePiece| match piece.what {
            PieceKind::Body(bytes) => (piece.line, String::from_utf8(bytes).unwrap()),
            PieceKind::Bad(why) => (piece.line, format!("!{why}")),
            PieceKind::Row(_) => panic!(),
        };
        pieces(text.as_bytes()).1.into_iter().map(body).collect()
    }

    #[test]
    fn bodies_keep_their_bytes() {
        assert_eq!(bodies("{\"a\": \"}\\\"{\"}"), [(1, "{\"a\": \"}\\\"{\"}".to_string())]);
        assert_eq!(bodies("[{\"a\":1},\n {\"b\" : [2]}]\n").len(), 2);
        assert_eq!(bodies("[{\"a\":1},\n {\"b\" : [2]}]\n")[1], (2, "{\"b\" : [2]}".to_string()));
        assert_eq!(bodies("{\"a\":1}\n\n{\"b\":2}\n"), [(1, "{\"a\":1}".into()), (3, "{\"b\":2}".into())]);
        assert_eq!(bodies("\u{feff}[[{\"a\":1}]]").len(), 1);
        assert_eq!(bodies("{\"a\":1}\noops\n{\"b\":2}").len(), 3);
        assert!(bodies("{\"a\":1}\n{\"b\":")[1].1.starts_with('!'));
        assert_eq!(bodies("[1, {\"a\":1}]").len(), 2);
    }

    #[test]
    fn a_torn_line_takes_no_other_along() {
        for (text, bad) in [
            ("{\"a\":1}\n{\"broken\": \n{\"b\":\"\u{e9}\"}\r\n\n{\"c\":{\"d\":\"x\n{\"e\":2}\n", vec![2, 5]),
            ("{\"broken\": \n{\"a\":1}\n{\"b\":2}", vec![1]),
            ("{\"a\":1}\n]\n{\"b\":\"{\"}\n", vec![2]),
        ] {
            let found = bodies(text);
            let lines: Vec<u64> =
                found.iter().filter(|(_, body)| body.starts_with('!')).map(|(line, _)| *line).collect();
            assert_eq!(lines, bad, "{found:?}");
            assert_eq!(found.len(), text.lines().filter(|line| !line.trim().is_empty()).count(), "{found:?}");
        }
        assert_eq!(bodies("{\"a\":\n{\"b\":1}\n}\n").len(), 1);
    }

    #[test]
    fn tables_are_read_whatever_wrote_them() {
        for (text, cell) in [
            ("Name,City\r\nJos\u{e9},\"A, b\"\r\n".as_bytes().to_vec(), "José"),
            ("\u{feff}Name;City\nJos\u{e9};x\n".as_bytes().to_vec(), "José"),
            (b"Name\tCity\nJos\xe9\t\x93x\x94\n".to_vec(), "José"),
        ] {
            let (format, rows, columns) = pieces(&text);
            assert_eq!((format, columns), (ImportFormat::Csv, vec!["Name".to_string(), "City".to_string()]));
            let PieceKind::Row(row) = &rows[0].what else { panic!() };
            assert_eq!((rows[0].line, &row["Name"]), (2, &Value::String(cell.into())));
        }
        let (_, rows, columns) = pieces(b"A,A,\n1,2,3,4\n,,\n");
        assert_eq!(columns, ["A", "A (2)", "Column 3"]);
        assert!(matches!(&rows[0].what, PieceKind::Row(row) if row.len() == 4));
        assert!(matches!(&rows[1].what, PieceKind::Bad(_)));
    }
}
