/** What each reader knows of its service's words; read once, when the first of them is to be shown. */
import { Glossary } from './glossary';
import { providers } from './providers.svelte';

class GlossaryStore {
  glossary = $derived(new Glossary(providers.items));

  load(): void {
    void providers.load();
  }
}

export const glossaryStore = new GlossaryStore();
