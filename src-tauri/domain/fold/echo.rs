//! Cross-talk: some services write what one side says into the other side's channel too. Such turns are
//! marked, never removed.

use crate::domain::call::Turn;

/// Shorter turns may be a real "thank you" answered by a "thank you".
const LEAST_WORDS: usize = 3;
/// How many turns back the original may stand.
const LOOK_BACK: usize = 4;
/// Speech recognition hears the echo a little differently: three words of four, in order.
const ALIKE: (usize, usize) = (3, 4);

/// Marks the turns that repeat what the other speaker has just said.
pub(in crate::domain) fn mark(turns: &mut [Turn]) {
    let words: Vec<Vec<String>> = turns.iter().map(|turn| words(&turn.text)).collect();
    for index in 1..turns.len() {
        if words[index].len() < LEAST_WORDS || turns[index].speaker.is_none() {
            continue;
        }
        let mut said: Vec<&String> = Vec::new();
        for earlier in index.saturating_sub(LOOK_BACK)..index {
            if !turns[earlier].echo && turns[earlier].speaker != turns[index].speaker {
                said.extend(&words[earlier]);
            }
        }
        let common = common_in_order(&words[index], &said);
        turns[index].echo = common * ALIKE.1 >= words[index].len() * ALIKE.0;
    }
}

fn words(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric() && c != '\'')
        .filter(|word| !word.is_empty())
        .take(400)
        .map(str::to_lowercase)
        .collect()
}

/// The length of the longest common subsequence.
fn common_in_order(a: &[String], b: &[&String]) -> usize {
    let mut row = vec![0usize; b.len() + 1];
    for x in a {
        let mut diagonal = 0;
        for (j, y) in b.iter().enumerate() {
            let above = row[j + 1];
            row[j + 1] = if x == *y { diagonal + 1 } else { above.max(row[j]) };
            diagonal = above;
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turn(speaker: &str, text: &str) -> Turn {
        Turn { speaker: Some(speaker.into()), text: text.into(), ..Turn::default() }
    }

    #[test]
    fn cross_talk_is_marked_and_answers_are_not() {
        let mut turns = vec![
            turn("caller", "ABC Windows and Doors."),
            turn("agent", "ABC Windows and Doors."),
            turn("caller", "Oh, I'm sorry about that. Let me"),
            turn("agent", "Oh, I'm sorry for that. Let"),
            turn("caller", "Thank you."),
            turn("agent", "Thank you."),
            turn("agent", "I will call you at nine tomorrow."),
        ];
        mark(&mut turns);
        let echoes: Vec<bool> = turns.iter().map(|t| t.echo).collect();
        assert_eq!(echoes, [false, true, false, true, false, false, false]);
    }
}
