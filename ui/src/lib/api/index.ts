export * from './client';
export * from './exports';
export type * from './types';
export * from './maintenance';
