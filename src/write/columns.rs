//! Records in columns: what types they have there, and a Parquet file that is written in bounded memory.
//!
//! The columns of a kind are the keys of its JSON, in the same order and under the same names; a test
//! holds them to the JSON Schema. Lines go from JSON to columns without becoming records in between.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_json::ReaderBuilder;
use arrow_json::reader::Decoder;
use arrow_schema::{ArrowError, DataType, Field, Fields, Schema, TimeUnit};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::{
    ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder,
};
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::metadata::{KeyValue, SortingColumn};
use parquet::file::properties::{WriterProperties, WriterPropertiesBuilder};
use parquet::schema::types::ColumnPath;

use super::record::Kind;
use super::segment::ZSTD_LEVEL;
use Type::{Flag, Int, List, Long, Real, Struct, Text, Time};

/// Lines that become columns at once, at most.
const BATCH_ROWS: usize = 1024;
/// Bytes of JSON that become columns at once, at most, but for the last line.
const BATCH_BYTES: usize = 4 << 20;
/// Rows in a row group, at most: DuckDB's unit of parallel work is 122,880 rows.
const GROUP_ROWS: usize = 122_880;
/// Encoded bytes in a row group, at most. They are held in memory until the group is whole.
const GROUP_BYTES: usize = 64 << 20;
/// Share of look-ups by a wrong id that read a row group in vain.
const BLOOM_FALSE_POSITIVES: f64 = 0.01;

/// A column and its type.
#[derive(Clone, Copy)]
struct Column {
    name: &'static str,
    of: Type,
    optional: bool,
}

#[derive(Clone, Copy)]
enum Type {
    Text,
    Int,
    Long,
    Real,
    Flag,
    /// Microseconds, UTC.
    Time,
    List(&'static Type),
    Struct(&'static [Column]),
}

const fn must(name: &'static str, of: Type) -> Column {
    Column {
        name,
        of,
        optional: false,
    }
}

const fn may(name: &'static str, of: Type) -> Column {
    Column {
        name,
        of,
        optional: true,
    }
}

const TEXTS: Type = List(&Text);
const NAMED: Type = List(&Struct(&[must("id", Text), must("name", Text)]));
const COUNTRIES: Type = List(&Struct(&[must("code", Text), must("score", Real)]));
const PLACES: Type = List(&Struct(&[
    must("id", Text),
    must("name", Text),
    may("country", Text),
]));
const TITLES: Type = List(&Struct(&[must("language", Text), must("title", Text)]));
const IN_STORY: Type = Struct(&[
    must("id", Text),
    must("relation", Text),
    may("of", Text),
    must("score", Real),
]);
const RUNNER_UP: Type = Struct(&[must("story", Text), must("score", Real)]);
const EVIDENCE: Type = Struct(&[
    must("names", TEXTS),
    must("numbers", TEXTS),
    must("places", TEXTS),
    must("terms", TEXTS),
    must("text_overlap", Real),
    must("hours_apart", Real),
]);

const ARTICLE: &[Column] = &[
    must("record", Text),
    must("schema", Int),
    must("seq", Long),
    must("id", Text),
    must("revision", Int),
    must("written", Time),
    must("feed", Text),
    must("outlet", Text),
    must("publisher", Text),
    must("also_in", TEXTS),
    may("origin", Text),
    may("guid", Text),
    may("url", Text),
    may("canonical_url", Text),
    may("title", Text),
    may("summary", Text),
    may("text", Text),
    must("text_from", Text),
    must("authors", TEXTS),
    must("tags", TEXTS),
    may("image", Text),
    must("language", Text),
    must("script", Text),
    must("language_confidence", Real),
    must("paywalled", Flag),
    must("published", Time),
    may("published_raw", Text),
    must("published_from", Text),
    must("published_precision", Text),
    may("published_offset", Text),
    must("calendar", Text),
    may("updated", Time),
    must("first_seen", Time),
    must("fetched", Time),
    must("countries", COUNTRIES),
    must("places", PLACES),
    must("people", NAMED),
    must("bodies", NAMED),
    must("relevance", Real),
    must("story", IN_STORY),
    must("raw_sha256", Text),
    must("text_sha256", Text),
    must("flags", TEXTS),
];

const PLACEMENT: &[Column] = &[
    must("record", Text),
    must("seq", Long),
    must("at", Time),
    must("article", Text),
    must("story", Text),
    must("relation", Text),
    may("of", Text),
    must("score", Real),
    may("runner_up", RUNNER_UP),
    must("evidence", EVIDENCE),
    must("engine", Text),
    may("supersedes", Long),
];

const STORY: &[Column] = &[
    must("record", Text),
    must("seq", Long),
    must("at", Time),
    must("id", Text),
    may("merged_into", Text),
    may("split_from", Text),
    must("follows", TEXTS),
    must("titles", TITLES),
    must("first_seen", Time),
    must("last_seen", Time),
    must("first_article", Text),
    must("article_count", Long),
    must("outlets", TEXTS),
    must("publishers", TEXTS),
    must("independent_voices", Long),
    must("languages", TEXTS),
    must("countries", TEXTS),
    must("places", TEXTS),
    must("people", TEXTS),
];

const EVENT: &[Column] = &[
    must("record", Text),
    must("seq", Long),
    must("at", Time),
    may("feed", Text),
    must("kind", Text),
    may("since", Time),
    may("until", Time),
    must("detail", Text),
];

fn columns(kind: Kind) -> &'static [Column] {
    match kind {
        Kind::Article => ARTICLE,
        Kind::Placement => PLACEMENT,
        Kind::Story => STORY,
        Kind::Event => EVENT,
    }
}

/// The keys of a record, in order.
pub fn names(kind: Kind) -> impl Iterator<Item = &'static str> {
    columns(kind).iter().map(|column| column.name)
}

/// Columns that a record is looked up by: they get bloom filters.
fn looked_up(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Article => &["id", "story.id", "canonical_url"],
        Kind::Placement => &["article", "story"],
        Kind::Story => &["id"],
        Kind::Event => &[],
    }
}

/// Columns in which hardly any value repeats: a dictionary of them would be built in vain.
fn unrepeated(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Article => &[
            "seq",
            "id",
            "guid",
            "url",
            "canonical_url",
            "title",
            "summary",
            "text",
            "image",
            "raw_sha256",
            "text_sha256",
        ],
        Kind::Placement => &["seq", "article"],
        Kind::Story => &["seq"],
        Kind::Event => &["seq", "detail"],
    }
}

fn schema(kind: Kind) -> Schema {
    Schema::new(fields(columns(kind)))
}

fn fields(columns: &[Column]) -> Fields {
    columns
        .iter()
        .map(|column| Field::new(column.name, data_type(column.of), column.optional))
        .collect()
}

fn data_type(of: Type) -> DataType {
    match of {
        Text => DataType::Utf8,
        Int => DataType::Int32,
        Long => DataType::Int64,
        Real => DataType::Float64,
        Flag => DataType::Boolean,
        // The file says "adjusted to UTC" and no more; this spelling is for the JSON reader.
        Time => DataType::Timestamp(TimeUnit::Microsecond, Some("+00:00".into())),
        // "element" is what the Parquet format calls it.
        List(of) => DataType::List(Arc::new(Field::new("element", data_type(*of), false))),
        Struct(columns) => DataType::Struct(fields(columns)),
    }
}

fn properties(kind: Kind, rows: u64) -> io::Result<WriterProperties> {
    let seq = columns(kind)
        .iter()
        .position(|column| column.name == "seq")
        .unwrap_or_default();
    let mut properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(
            ZstdLevel::try_new(ZSTD_LEVEL).map_err(of_parquet)?,
        ))
        .set_max_row_group_row_count(Some(GROUP_ROWS))
        .set_max_row_group_bytes(Some(GROUP_BYTES))
        .set_created_by(concat!("khabar ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_key_value_metadata(Some(vec![KeyValue::new(
            "khabar.schema".to_owned(),
            format!("{}-1", kind.name()),
        )]))
        .set_sorting_columns(Some(vec![SortingColumn {
            column_idx: i32::try_from(seq).unwrap_or_default(),
            descending: false,
            nulls_first: false,
        }]));
    for name in unrepeated(kind) {
        properties = properties.set_column_dictionary_enabled(path(name), false);
    }
    let distinct = rows.clamp(1, GROUP_ROWS as u64);
    let bloom = |properties: WriterPropertiesBuilder, name: &&str| {
        properties
            .set_column_bloom_filter_fpp(path(name), BLOOM_FALSE_POSITIVES)
            .set_column_bloom_filter_max_ndv(path(name), distinct)
    };
    Ok(looked_up(kind).iter().fold(properties, bloom).build())
}

fn path(name: &str) -> ColumnPath {
    ColumnPath::new(name.split('.').map(str::to_owned).collect())
}

/// Lines of one kind on their way into a Parquet file.
pub struct Columns<W: Write + Send> {
    decoder: Decoder,
    writer: ArrowWriter<W>,
    /// Of the lines that are not columns yet.
    bytes: usize,
    rows: u64,
}

impl<W: Write + Send> Columns<W> {
    /// `rows` is a guess of how many will come.
    pub fn new(kind: Kind, rows: u64, out: W) -> io::Result<Self> {
        let schema = Arc::new(schema(kind));
        let reader = ReaderBuilder::new(Arc::clone(&schema)).with_batch_size(BATCH_ROWS);
        // Readers of other languages get what the Parquet schema says, not what this library calls it.
        let options = ArrowWriterOptions::new()
            .with_properties(properties(kind, rows)?)
            .with_skip_arrow_metadata(true);
        Ok(Self {
            decoder: reader.build_decoder().map_err(of_arrow)?,
            writer: ArrowWriter::try_new_with_options(out, schema, options).map_err(of_parquet)?,
            bytes: 0,
            rows: 0,
        })
    }

    /// Takes one record, without a line end. After an error the file is of no use.
    pub fn add(&mut self, json: &[u8]) -> io::Result<()> {
        let before = self.decoder.len();
        let taken = self.decode(json)? + self.decode(b"\n")?;
        let whole = taken == json.len() + 1 && !self.decoder.has_partial_record();
        if !whole || self.decoder.len() != before + 1 {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "a line is not one record",
            ));
        }
        self.rows += 1;
        self.bytes += json.len();
        if self.decoder.len() >= BATCH_ROWS || self.bytes >= BATCH_BYTES {
            self.write_batch()?;
        }
        Ok(())
    }

    fn decode(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.decoder.decode(bytes).map_err(of_arrow)
    }

    fn write_batch(&mut self) -> io::Result<()> {
        if let Some(batch) = self.decoder.flush().map_err(of_arrow)? {
            self.writer.write(&batch).map_err(of_parquet)?;
        }
        self.bytes = 0;
        Ok(())
    }

    /// Writes what is left and the end of the file. Returns the number of rows and what was written to.
    pub fn finish(mut self) -> io::Result<(u64, W)> {
        self.write_batch()?;
        Ok((self.rows, self.writer.into_inner().map_err(of_parquet)?))
    }
}

/// Lines of one kind held against a Parquet file, value by value.
pub(super) struct Comparison {
    decoder: Decoder,
    reader: ParquetRecordBatchReader,
    /// What the lines are to be; none at the end of the file.
    expected: Option<RecordBatch>,
}

impl Comparison {
    pub fn open(kind: Kind, path: &Path) -> io::Result<Self> {
        let schema = Arc::new(schema(kind));
        let options = ArrowReaderOptions::new().with_schema(Arc::clone(&schema));
        let file = File::open(path)?;
        let reader = ParquetRecordBatchReaderBuilder::try_new_with_options(file, options)
            .and_then(|builder| builder.with_batch_size(BATCH_ROWS).build())
            .map_err(of_parquet)?;
        let decoder = ReaderBuilder::new(schema).with_batch_size(BATCH_ROWS);
        let mut comparison = Self {
            decoder: decoder.build_decoder().map_err(of_arrow)?,
            reader,
            expected: None,
        };
        comparison.expected = comparison.next_batch()?;
        Ok(comparison)
    }

    fn next_batch(&mut self) -> io::Result<Option<RecordBatch>> {
        self.reader.next().transpose().map_err(of_arrow)
    }

    /// Takes one record, without a line end.
    pub fn add(&mut self, json: &[u8]) -> io::Result<()> {
        let Some(expected) = &self.expected else {
            return Err(different("it ends before them"));
        };
        self.decoder.decode(json).map_err(of_arrow)?;
        self.decoder.decode(b"\n").map_err(of_arrow)?;
        if self.decoder.len() < expected.num_rows() {
            return Ok(());
        }
        let found = self.decoder.flush().map_err(of_arrow)?;
        if found.as_ref() != Some(expected) {
            return Err(different("a value differs"));
        }
        self.expected = self.next_batch()?;
        Ok(())
    }

    /// After the last line.
    pub fn finish(self) -> io::Result<()> {
        match self.expected {
            Some(_) => Err(different("it goes on after them")),
            None => Ok(()),
        }
    }
}

fn different(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

fn of_arrow(error: ArrowError) -> io::Error {
    match error {
        ArrowError::IoError(_, source) => source,
        other => io::Error::new(io::ErrorKind::InvalidData, other),
    }
}

fn of_parquet(error: ParquetError) -> io::Error {
    match error {
        ParquetError::External(source) => match source.downcast::<io::Error>() {
            Ok(source) => *source,
            Err(source) => io::Error::other(source),
        },
        other => io::Error::other(other),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn columns_are_the_keys_of_the_json_schema() {
        for kind in Kind::ALL {
            let schema = kind.schema().to_value();
            let properties = schema["properties"].as_object().unwrap();
            let keys: BTreeSet<&str> = properties.keys().map(String::as_str).collect();
            assert_eq!(
                names(kind).collect::<BTreeSet<_>>(),
                keys,
                "{}",
                kind.name()
            );
        }
    }

    #[test]
    fn columns_that_are_named_exist() {
        for kind in Kind::ALL {
            for name in looked_up(kind).iter().chain(unrepeated(kind)) {
                let column = name.split('.').next().unwrap();
                assert!(
                    names(kind).any(|known| known == column),
                    "{}: {name}",
                    kind.name()
                );
            }
        }
    }

    #[test]
    fn a_line_that_is_no_record_is_refused() {
        for line in [
            "",
            "{",
            "{}",
            "{} {}",
            "[]",
            r#"{"record":"event","seq":"x"}"#,
        ] {
            let mut columns = Columns::new(Kind::Event, 1, Vec::new()).unwrap();
            let result = columns
                .add(line.as_bytes())
                .and_then(|()| columns.finish().map(drop));
            assert!(result.is_err(), "{line}");
        }
    }
}
