/** What each reader knows, read once when the first word is to be shown. */
import { api } from './api';
import { Glossary } from './glossary';

class GlossaryStore {
  glossary = $state.raw(new Glossary([]));
  #asked: Promise<void> | null = null;

  load(): void {
    this.#asked ??= api.providers().then(
      ({ items }) => {
        this.glossary = new Glossary(items);
      },
      () => {
        // Until the next time, words stand as they came.
        this.#asked = null;
      },
    );
  }
}

export const glossaryStore = new GlossaryStore();
