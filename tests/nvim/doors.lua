-- A door into the repository of every system: `tests/nvim/run doors`. The files of tests/doors.json are opened as a person
-- opens them; the plugin is to see by itself that it has something to do there.
local folder = vim.fs.dirname(vim.fn.fnamemodify(debug.getinfo(1, 'S').source:sub(2), ':p'))
package.path = folder .. '/?.lua;' .. package.path
local check = require('check')
local until_ok = check.until_ok

--- Names in the order of the text, whatever stands below which.
local function names(symbols, into)
  for _, symbol in ipairs(symbols or {}) do
    table.insert(into, symbol.name)
    names(symbol.children, into)
  end
  return into
end

--- Where a word stands that has so many of its kind before it: the cursor goes there, one letter behind the place.
local function go_to(buffer, name)
  local text = table.concat(vim.api.nvim_buf_get_lines(buffer, 0, -1, false), '\n')
  local at = 0
  for _ = 0, name.before do
    at = assert(text:find(name.word, at + 1, true), name.word)
  end
  local before = text:sub(1, at - 1)
  local _, line = before:gsub('\n', '')
  vim.api.nvim_win_set_cursor(0, { line + 1, #before:match('[^\n]*$') + 1 })
end

--- What a hover says, as one text.
local function said(hover)
  return hover and hover.contents and hover.contents.value or ''
end

--- `path:line`, the line from 1, of every place in an answer.
local function places(root, found)
  found = found or {}
  return vim.tbl_map(function(it)
    local path = vim.uri_to_fname(it.targetUri or it.uri)
    return ('%s:%d'):format(path:sub(#root + 2), (it.targetSelectionRange or it.range).start.line + 1)
  end, vim.islist(found) and found or { found })
end

local function enter(root, door)
  local what = ('%s (%s)'):format(door.system, door.file)
  vim.cmd.edit(vim.fn.fnameescape(root .. '/' .. door.file))
  local buffer = vim.api.nvim_get_current_buf()
  local attached = until_ok(what .. ' has the server', function()
    return check.client(buffer) ~= nil
  end, function()
    return { filetype = vim.bo[buffer].filetype, told = check.person.told }
  end)
  if not attached then
    return
  end
  local client = check.client(buffer)
  local document = vim.lsp.util.make_text_document_params(buffer)
  local seen
  until_ok('its outline', function()
    seen = names(check.ask(client, 'textDocument/documentSymbol', { textDocument = document }), {})
    return vim.deep_equal(vim.list_slice(seen, 1, #door.symbols), door.symbols)
  end, function()
    return seen
  end)
  local about
  if door.key then
    go_to(buffer, door.key)
    about = vim.lsp.util.make_position_params(0, client.offset_encoding)
    until_ok('the hover of a key', function()
      seen = said(check.ask(client, 'textDocument/hover', about))
      return seen:find(door.key.hover, 1, true) ~= nil
    end, function()
      return { seen, about }
    end)
    until_ok('the keys that may stand there', function()
      local offered = check.ask(client, 'textDocument/completion', about) or {}
      seen = vim.tbl_map(function(item)
        return item.label
      end, offered.items or offered)
      return vim.list_contains(seen, door.key.offers)
    end, function()
      return seen
    end)
  end
  if not door.name then
    return
  end
  go_to(buffer, door.name)
  about = vim.lsp.util.make_position_params(0, client.offset_encoding)
  until_ok('its hover', function()
    seen = said(check.ask(client, 'textDocument/hover', about))
    return seen:find(door.name.hover, 1, true) ~= nil
  end, function()
    return { seen, about }
  end)
  until_ok('its definition', function()
    seen = places(root, check.ask(client, 'textDocument/definition', about))
    return vim.list_contains(seen, door.name.definition)
  end, function()
    return seen
  end)
end

check.run(function()
  local doors = vim.json.decode(table.concat(vim.fn.readfile(check.checkout .. '/tests/doors.json'), '\n'))
  check.ok('there are doors', #doors > 20, #doors)
  local parent = check.repository({ ['README.md'] = '' })
  local roots = {}
  check.load_plugin()
  require('tollgate').setup({ cmd = { vim.env.TOLLGATE_BIN, 'lsp' } })
  for _, door in ipairs(doors) do
    -- Not beside each other under their own names: a folder `openspec` makes a project of the one that it lies in.
    local root = ('%s/at-%s'):format(parent, door.fixture)
    if not roots[root] then
      roots[root] = true
      local copied = vim.system({ 'cp', '-R', check.checkout .. '/fixtures/' .. door.fixture, root }):wait()
      assert(copied.code == 0, copied.stderr)
    end
    enter(root, door)
  end
  local clients = vim.lsp.get_clients({ name = 'tollgate' })
  check.ok('one server for each repository', #clients == vim.tbl_count(roots), vim.tbl_map(function(client)
    return client.config.root_dir
  end, clients))
  local errors = vim.diagnostic.get(nil, { severity = vim.diagnostic.severity.ERROR })
  check.ok('and nothing in them is an error', #errors == 0, errors)
  -- Neovim 0.10 ends by SIGPIPE when one of many servers leaves while it says goodbye to them itself.
  for _, client in ipairs(clients) do
    if vim.fn.has('nvim-0.11') == 1 then
      client:stop()
    else
      client.stop()
    end
  end
  until_ok('and every server leaves', function()
    return #vim.lsp.get_clients({ name = 'tollgate' }) == 0
  end)
end)
