/** What can be connected, read once. */
import { api, type Provider } from './api';

class Providers {
  items = $state.raw<Provider[]>([]);
  error = $state.raw<unknown>(null);
  #asked: Promise<void> | null = null;

  load(): Promise<void> {
    this.#asked ??= api.providers().then(
      ({ items }) => {
        this.items = items;
        this.error = null;
      },
      (error) => {
        this.error = error;
        this.#asked = null;
      },
    );
    return this.#asked;
  }

  of(slug: string): Provider | undefined {
    return this.items.find((p) => p.slug === slug);
  }
}

export const providers = new Providers();
