// Text from outside (ticket titles, pass names, agent output) is data: one line, capped, nothing invisible, no icons.

const invisible = /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;

/** `text` as one visible line of at most `length` characters; `$(name)` is kept from turning into an icon. */
export function plain(text: string, length = 80): string {
  const line = text
    .replace(/\s+/g, ' ')
    .replace(invisible, (character) => `\\u{${character.charCodeAt(0).toString(16)}}`)
    .replaceAll('$(', '$ (')
    .trim();
  const characters = [...line];
  return characters.length <= length ? line : `${characters.slice(0, length - 1).join('')}…`;
}

/** A pass by its id, and its title where that says more. */
export function passLabel({ pass, title }: { pass: string; title: string }): string {
  return title === '' || title.toLowerCase() === pass.toLowerCase() ? pass : `${pass} – ${title}`;
}
