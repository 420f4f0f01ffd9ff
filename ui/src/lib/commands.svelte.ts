/** What the command palette can do beside going somewhere: rooms add theirs while they are on screen. */
import type { Component } from 'svelte';

export interface Command {
  id: string;
  text: string;
  key?: string;
  icon?: Component;
  run: () => void;
}

class Commands {
  sets = $state.raw<Command[][]>([]);

  /** Adds commands; answers how to take them away. Fits an `$effect`. */
  add(set: Command[]): () => void {
    this.sets = [...this.sets, set];
    return () => (this.sets = this.sets.filter((s) => s !== set));
  }

  get all(): Command[] {
    return this.sets.flat();
  }
}

export const commands = new Commands();
