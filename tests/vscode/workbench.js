// A person at VS Code: what the scenarios do and look for, in their words. Monaco redraws at will, so nothing is
// counted at one moment: everything waits for the element it needs.
'use strict';
const path = require('node:path');

/** Loopback, and the made-up host under which VS Code's service worker serves the resources of web views. */
function onThisMachine(host) {
  return host === '127.0.0.1' || host.endsWith('.vscode-resource.vscode-cdn.net');
}

class Workbench {
  /** `outside` collects every request that leaves the machine; a test ends with none. */
  constructor(page, port, screenshots) {
    Object.assign(this, { page, port, screenshots, outside: [], began: Date.now() });
    page.setDefaultTimeout(60_000);
    page.on('request', (request) => {
      const { protocol, hostname } = new URL(request.url());
      if (/^(https?|wss?):$/.test(protocol) && !onThisMachine(hostname)) this.outside.push(request.url());
    });
  }

  log(text) {
    console.log(String(Date.now() - this.began).padStart(6), text);
  }

  /** Opens `folder` with `file` in an editor, without a click. */
  async open(folder, file) {
    const uri = `vscode-remote://127.0.0.1:${this.port}${path.join(folder, file)}`;
    const payload = encodeURIComponent(JSON.stringify([['openFile', uri]]));
    await this.page.goto(`http://127.0.0.1:${this.port}/?folder=${encodeURIComponent(folder)}&payload=${payload}`);
    await this.page.locator('.monaco-editor .view-lines .view-line').first().waitFor();
    this.log(`opened ${file}`);
  }

  shot(name) {
    return this.page.screenshot({ path: path.join(this.screenshots, `${name}.png`) });
  }

  // ---- what is seen ----
  status(text) {
    return this.page.locator('.statusbar-item', { hasText: text }).first();
  }
  lens(text) {
    return this.page.locator('.codelens-decoration a', { hasText: text }).first();
  }
  line(text) {
    return this.page.locator('.view-line', { hasText: text }).first();
  }
  tab(name) {
    return this.page.locator('.tabs-container .tab', { hasText: name }).first();
  }
  toast(text) {
    return this.page.locator('.notification-toast', { hasText: text }).first();
  }
  /** The message that offers a button of this title. */
  offer(title) {
    return this.page.locator('.notification-toast', { has: this.page.locator('.monaco-button', { hasText: new RegExp(`^${title}$`) }) }).first();
  }
  dialog(text) {
    return this.page.locator('.monaco-dialog-box', { hasText: text });
  }
  /** The page inside a rendered Markdown preview. */
  preview() {
    return this.page.frameLocator('iframe.webview.ready').frameLocator('#active-frame').locator('body');
  }
  /** Waits until the gutter shows exactly `count` icons of `icons/<name>.svg`. */
  async gutter(name, count) {
    await this.page.waitForFunction(
      ([file, wanted]) => {
        const drawn = [...document.querySelectorAll('.monaco-editor .glyph-margin-widgets .cgmr')];
        return drawn.filter((icon) => getComputedStyle(icon).backgroundImage.includes(file)).length === wanted;
      },
      [`${name}.svg`, count],
    );
  }

  /** Waits until the gutter shows at least one such icon; what builds and tests before may take its time. */
  async gutterHas(name, timeout = 60_000) {
    await this.page.waitForFunction(
      (file) => [...document.querySelectorAll('.monaco-editor .glyph-margin-widgets .cgmr')].some((icon) => getComputedStyle(icon).backgroundImage.includes(file)),
      `${name}.svg`,
      { timeout },
    );
  }

  /** Waits until such an icon stands beside the line of this number. */
  async gutterAt(name, line) {
    await this.page.waitForFunction(
      ([file, wanted]) => {
        const top = (element) => Math.round(element.getBoundingClientRect().top);
        const numbers = [...document.querySelectorAll('.monaco-editor .line-numbers')].filter((number) => number.textContent.trim() === wanted);
        const icons = [...document.querySelectorAll('.monaco-editor .glyph-margin-widgets .cgmr')];
        const drawn = icons.filter((icon) => getComputedStyle(icon).backgroundImage.includes(file));
        return drawn.some((icon) => numbers.some((number) => Math.abs(top(icon) - top(number)) < 4));
      },
      [`${name}.svg`, String(line)],
    );
  }

  // ---- what is done ----
  /** Answers the question at the top. */
  async input(text) {
    const input = this.page.locator('.quick-input-widget input');
    await input.fill(text);
    await this.page.keyboard.press('Enter');
    await input.waitFor({ state: 'hidden' });
  }
  /** Opens the input at the top. A key pressed while the workbench moves its focus is lost, so it is pressed again. */
  async quickInput(key) {
    const input = this.page.locator('.quick-input-widget input');
    for (let pressed = 0; pressed < 10; pressed++) {
      await this.page.keyboard.press(key);
      if (await input.waitFor({ timeout: 5000 }).then(() => true, () => false)) return;
    }
    await input.waitFor();
  }
  /** Chooses a command of the palette by its whole title. A list that was made too early lacks it and is made again. */
  async palette(title) {
    const row = this.page.locator('.quick-input-list .monaco-list-row', { hasText: title }).first();
    for (let opened = 0; opened < 10; opened++) {
      await this.quickInput('F1');
      await this.page.locator('.quick-input-widget input').fill(`>${title}`);
      if (await row.waitFor({ timeout: 5000 }).then(() => true, () => false)) break;
      await this.page.keyboard.press('Escape');
    }
    await row.click();
  }
  /** Opens a file of the workspace by its name. */
  async openFile(name) {
    await this.quickInput('Control+P');
    await this.page.locator('.quick-input-widget input').fill(name);
    await this.pick(name);
    await this.tab(name).waitFor();
  }
  async goToLine(line) {
    await this.quickInput('Control+G');
    await this.page.locator('.quick-input-widget input').fill(`:${line}`);
    await this.page.keyboard.press('Enter');
  }
  async pick(text) {
    await this.page.locator('.quick-input-list .monaco-list-row', { hasText: text }).first().click();
  }
  async button(within, title) {
    await within.locator('.monaco-button', { hasText: new RegExp(`^${title}$`) }).first().click();
  }
  /** Shows the action menu at the text; on a slow machine a late redraw may close it, so it is asked for again. */
  async action(lineText, title) {
    await this.line(lineText).click();
    const row = this.page.locator('.action-widget .monaco-list-row', { hasText: title }).first();
    for (let attempt = 0; attempt < 10 && !(await row.isVisible()); attempt++) {
      await this.page.keyboard.press('Control+.');
      await row.waitFor({ timeout: 4000 }).catch(() => this.log('action menu again'));
    }
    return row;
  }
  /** Trusts the workspace the way the Restricted Mode item leads to. */
  async trustWorkspace(back) {
    await this.status('Restricted Mode').click();
    await this.page.locator('.workspace-trust-editor .monaco-button', { hasText: /^Trust$/ }).first().click();
    await this.status('Restricted Mode').waitFor({ state: 'detached' });
    await this.tab(back).click();
  }
}

module.exports = { Workbench };
