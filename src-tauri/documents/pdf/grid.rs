//! Tables: as wide as they need, over as many pages as they need, with their headings on each.

use krilla::color::rgb::Color;

use super::fonts::{ShapedLine, Style, Weight};
use super::ink;
use super::page_writer::PageWriter;
use super::structure::StructureTag;

/// A column.
#[derive(Debug, Clone)]
pub struct Col {
    /// Its heading.
    pub label: String,
    /// Numbers stand on the right.
    pub right: bool,
    /// It is never cut.
    pub whole: bool,
}

impl Col {
    /// Words.
    pub fn words(label: &str) -> Col {
        Col { label: label.to_owned(), right: false, whole: false }
    }

    /// Words that are never cut, such as phone numbers.
    pub fn whole(label: &str) -> Col {
        Col { label: label.to_owned(), right: false, whole: true }
    }

    /// Numbers.
    pub fn numbers(label: &str) -> Col {
        Col { label: label.to_owned(), right: true, whole: true }
    }
}

/// What stands in a cell.
#[derive(Debug, Clone, Default)]
pub struct CellText {
    /// The words.
    pub text: String,
    /// The anchor it leads to, and what that is.
    pub link: Option<(String, String)>,
    /// Otherwise the colour of content.
    pub colour: Option<Color>,
}

impl CellText {
    /// Words.
    pub fn of(text: impl Into<String>) -> CellText {
        CellText { text: text.into(), link: None, colour: None }
    }

    /// Words that say little.
    pub fn quiet(text: impl Into<String>) -> CellText {
        CellText { text: text.into(), link: None, colour: Some(ink::text_3()) }
    }
}

/// A table.
#[derive(Debug, Clone)]
pub struct Grid {
    /// What it is, for those who listen.
    pub summary: String,
    /// The first one names its rows.
    pub columns: Vec<Col>,
    /// As many cells as columns.
    pub rows: Vec<Vec<CellText>>,
    /// The last row is the total.
    pub total: bool,
    /// Letters, points.
    pub size: f32,
    /// The cells of the first column name their rows.
    pub named: bool,
}

const GAP: f32 = 9.0;
/// Columns of words get no narrower.
const NARROW: f32 = 44.0;
/// Columns of words take no more of their own accord.
const BROAD: f32 = 190.0;
/// A heading is broken into this many lines at most.
const LINES: usize = 4;

struct Plan {
    /// Which columns, by index.
    columns: Vec<usize>,
    widths: Vec<f32>,
    size: f32,
}

impl Grid {
    fn style(&self, size: f32, row: usize, column: usize) -> Style {
        let total = self.total && row + 1 == self.rows.len();
        let weight = match (total, self.named && column == 0) {
            (true, _) => Weight::Semibold,
            (false, true) => Weight::Medium,
            _ => Weight::Regular,
        };
        Style::of(size, weight)
    }

    fn needs(&self, sheet: &PageWriter<'_>, size: f32) -> Vec<(f32, f32)> {
        let head = Style::of(size - 0.5, Weight::Medium);
        let longest =
            |text: &str| text.split(' ').map(|word| sheet.fonts.line(word, head).width).fold(0.0f32, f32::max);
        self.columns
            .iter()
            .enumerate()
            .map(|(index, column)| {
                let cells = self.rows.iter().enumerate().filter_map(|(row, cells)| Some((row, cells.get(index)?)));
                let widest = cells
                    .map(|(row, piece)| {
                        let short: String = piece.text.chars().take(60).collect();
                        sheet.fonts.line(&short, self.style(size, row, index)).width
                    })
                    .fold(0.0f32, f32::max);
                let heading = longest(&column.label).min(90.0);
                let most = widest.max(heading).min(BROAD) + 0.5;
                (if column.whole { most } else { most.min(NARROW.max(heading)) }, most)
            })
            .collect()
    }

    /// How the columns are laid out within a width: in one piece, smaller, or in pieces one under the other.
    fn plans(&self, sheet: &PageWriter<'_>, width: f32) -> Vec<Plan> {
        let all: Vec<usize> = (0..self.columns.len()).collect();
        let plain = self.needs(sheet, self.size);
        // Letters of another size are as much wider or narrower.
        let at = |size: f32| -> Vec<(f32, f32)> {
            let by = size / self.size;
            plain.iter().map(|(least, most)| (least * by, most * by)).collect()
        };
        let sizes = [self.size, self.size - 0.5, self.size - 1.0, self.size - 1.5, self.size - 2.0];
        for size in sizes.into_iter().filter(|size| *size >= 6.0) {
            if let Some(widths) = shared(&at(size), &all, width) {
                return vec![Plan { columns: all, widths, size }];
            }
        }
        let size = (self.size - 1.0).max(6.5);
        let needs = at(size);
        let mut plans = Vec::new();
        let mut columns = vec![0];
        for index in 1..self.columns.len() {
            let mut more = columns.clone();
            more.push(index);
            if shared(&needs, &more, width).is_none() && columns.len() > 1 {
                plans.push(std::mem::replace(&mut columns, vec![0, index]));
            } else {
                columns = more;
            }
        }
        plans.push(columns);
        let plan = |columns: Vec<usize>| {
            let even = || {
                let each = (width - GAP * (columns.len() as f32 - 1.0)) / columns.len() as f32;
                vec![each; columns.len()]
            };
            let widths = shared(&needs, &columns, width).unwrap_or_else(even);
            Plan { columns, widths, size }
        };
        plans.into_iter().map(plan).collect()
    }

    /// How high it is in one piece, about.
    pub fn height(&self) -> f32 {
        (self.rows.len() as f32 + 2.0) * self.size * 1.9
    }

    /// Draws it from `sheet.y` on.
    pub fn draw(&self, sheet: &mut PageWriter<'_>, x: f32, width: f32) {
        for plan in self.plans(sheet, width) {
            sheet.means(StructureTag::Table(super::fonts::clean(&self.summary)), |sheet| {
                self.piece(sheet, &plan, x, width)
            });
            sheet.y += 8.0;
        }
    }

    fn piece(&self, sheet: &mut PageWriter<'_>, plan: &Plan, x: f32, width: f32) {
        let head = Style::of(plan.size - 0.5, Weight::Medium);
        let heads: Vec<Vec<ShapedLine>> = plan
            .columns
            .iter()
            .zip(&plan.widths)
            .map(|(index, width)| {
                let label = self.columns.get(*index).map(|column| column.label.as_str()).unwrap_or_default();
                let mut lines = sheet.fonts.wrap(label, head, *width);
                lines.truncate(LINES);
                lines
            })
            .collect();
        let tall = heads.iter().map(Vec::len).max().unwrap_or(1).max(1) as f32;
        let head_height = tall * head.size * 1.25 + 5.0;
        let row_height = plan.size * 1.85;
        sheet.ensure(head_height + row_height * 2.5);
        sheet.means(StructureTag::Head, |sheet| {
            sheet.means(StructureTag::Row, |sheet| self.heads(sheet, plan, &heads, x, tall, true));
        });
        sheet.y += head_height;
        sheet.decor(|sheet| sheet.rule(x, sheet.y, width, ink::line_strong()));
        sheet.means(StructureTag::Rows, |sheet| {
            for (row, cells) in self.rows.iter().enumerate() {
                if sheet.ensure(row_height) {
                    sheet.decor(|sheet| self.heads(sheet, plan, &heads, x, tall, false));
                    sheet.y += head_height;
                    sheet.decor(|sheet| sheet.rule(x, sheet.y, width, ink::line_strong()));
                }
                self.row(sheet, plan, row, cells, x, row_height);
                sheet.y += row_height;
                let before_total = self.total && row + 2 == self.rows.len();
                let colour = if before_total { ink::line_strong() } else { ink::line() };
                sheet.decor(|sheet| sheet.rule(x, sheet.y, width, colour));
            }
        });
    }

    fn heads(
        &self,
        sheet: &mut PageWriter<'_>,
        plan: &Plan,
        heads: &[Vec<ShapedLine>],
        x: f32,
        tall: f32,
        means: bool,
    ) {
        let mut left = x;
        for ((index, width), lines) in plan.columns.iter().zip(&plan.widths).zip(heads) {
            let right = self.columns.get(*index).is_some_and(|column| column.right);
            let size = plan.size - 0.5;
            let from = sheet.y + (tall - lines.len() as f32) * size * 1.25;
            let draw = |sheet: &mut PageWriter<'_>| {
                for (n, line) in lines.iter().enumerate() {
                    let at = if right { left + width - line.width } else { left };
                    sheet.letters(at, from + (n as f32 + 0.9) * size * 1.25, line.clone(), ink::text_2());
                }
            };
            if means {
                sheet.means(StructureTag::ColumnHead, |sheet| sheet.content(draw));
            } else {
                draw(sheet);
            }
            left += width + GAP;
        }
    }

    fn row(&self, sheet: &mut PageWriter<'_>, plan: &Plan, row: usize, cells: &[CellText], x: f32, high: f32) {
        let nothing = CellText::default();
        sheet.means(StructureTag::Row, |sheet| {
            let mut left = x;
            for (index, width) in plan.columns.iter().zip(&plan.widths) {
                let piece = cells.get(*index).unwrap_or(&nothing);
                let right = self.columns.get(*index).is_some_and(|column| column.right);
                let style = self.style(plan.size, row, *index);
                let colour = piece.colour.unwrap_or_else(ink::text);
                let means = if self.named && *index == 0 { StructureTag::RowHead } else { StructureTag::Cell };
                let line = sheet.fonts.fit(&piece.text, style, *width);
                let at = if right { left + width - line.width } else { left };
                let y = sheet.y + high * 0.5 + plan.size * 0.36;
                let rect = [at, sheet.y, line.width, high];
                sheet.means(means, |sheet| match &piece.link {
                    Some((to, says)) => sheet.link(rect, to, says, |sheet| sheet.letters(at, y, line, colour)),
                    None if line.is_empty() => {}
                    None => sheet.content(|sheet| sheet.letters(at, y, line, colour)),
                });
                left += width + GAP;
            }
        });
    }
}

/// Shares a width among columns; `None` where it is too small for what they need.
fn shared(needs: &[(f32, f32)], columns: &[usize], width: f32) -> Option<Vec<f32>> {
    let needs: Vec<(f32, f32)> = columns.iter().filter_map(|index| needs.get(*index).copied()).collect();
    let gaps = GAP * (needs.len() as f32 - 1.0);
    let least: f32 = needs.iter().map(|(least, _)| least).sum::<f32>() + gaps;
    if least > width {
        return None;
    }
    let wish: f32 = needs.iter().map(|(least, most)| most - least).sum();
    let left = width - least;
    let share = if wish > 0.0 { (left / wish).min(1.0) } else { 0.0 };
    let rest = (left - wish * share).max(0.0);
    // What is left over goes to all columns alike, so that numbers stay near each other.
    let each = rest / needs.len() as f32;
    Some(needs.iter().map(|(least, most)| least + (most - least) * share + each).collect())
}
