//! docs/figures.md holds the words of every measure, made from the code that counts.
