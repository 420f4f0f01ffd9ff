/** Asks before something is taken back that people's own entries would go with. The shell shows the question. */
import type { TakingBack } from './api';

class TakeBackConfirm {
  /** What is asked about, until it is answered. */
  would = $state.raw<TakingBack | null>(null);
  #answer: ((yes: boolean) => void) | null = null;

  /** Answers whether it is to go with them. A question that is still open is answered with no. */
  ask(would: TakingBack): Promise<boolean> {
    this.answer(false);
    this.would = would;
    return new Promise((done) => (this.#answer = done));
  }

  answer(yes: boolean) {
    this.would = null;
    this.#answer?.(yes);
    this.#answer = null;
  }
}

export const takeBackConfirm = new TakeBackConfirm();
