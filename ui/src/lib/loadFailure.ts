/** Why a page could not be loaded. While nothing answers, nothing is known of another version. */
export function loadFailure(offline: boolean): { title: string; text: string } {
  return offline
    ? {
        title: 'Leadtrail does not answer',
        text: 'This page was not loaded yet. Once Leadtrail runs again, load it again. Nothing is lost.',
      }
    : {
        title: 'This page could not be loaded',
        text: 'It may be of another version than the one that runs now. Nothing is lost.',
      };
}
