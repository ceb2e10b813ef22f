-- What Neovim shows of fixtures/defects, against the one list of all drivers: `tests/nvim/run defects`. Delivery files are
-- opened as a person would; what stands in the others is published without that.
local folder = vim.fs.dirname(vim.fn.fnamemodify(debug.getinfo(1, 'S').source:sub(2), ':p'))
package.path = folder .. '/?.lua;' .. package.path
local check = require('check')
local ok, until_ok = check.ok, check.until_ok

local severities = { 'error', 'warning', 'info', 'hint' }
local fixture = check.checkout .. '/fixtures/defects'

--- Column from 1, in characters, of a byte of a line.
local function column(lines, line, byte)
  local text = lines[line + 1] or ''
  return vim.fn.strchars(text:sub(1, byte)) + 1
end

--- The list as this editor has it.
local function shown(root)
  local rows = {}
  for _, it in ipairs(vim.diagnostic.get(nil)) do
    local name = vim.api.nvim_buf_get_name(it.bufnr)
    local lines = vim.fn.readfile(name)
    local path = name:sub(#root + 2)
    local place = ('%d:%d-%d:%d'):format(
      it.lnum + 1,
      column(lines, it.lnum, it.col),
      it.end_lnum + 1,
      column(lines, it.end_lnum, it.end_col)
    )
    table.insert(rows, ('%s:%s: %s %s'):format(path, place, severities[it.severity], it.code))
  end
  table.sort(rows)
  return rows
end

check.run(function()
  local expected = vim.fn.readfile(fixture .. '/expected.txt')
  table.sort(expected)
  local root = check.repository({ ['README.md'] = '' })
  local copied = vim.system({ 'cp', '-R', fixture .. '/.', root }):wait()
  assert(copied.code == 0, copied.stderr)
  check.load_plugin()
  require('tollgate').setup({ cmd = { vim.env.TOLLGATE_BIN, 'lsp' } })
  vim.cmd.cd(root)
  for _, kind in ipairs({ 'config.yaml', 'agents/*.md', 'gates/*.md', 'tickets/*.md', 'workflows/*.md' }) do
    for _, path in ipairs(vim.fn.glob(root .. '/.tollgate/' .. kind, false, true)) do
      vim.cmd.edit(vim.fn.fnameescape(path))
    end
  end
  until_ok('Neovim shows what fixtures/defects/expected.txt says', function()
    return vim.deep_equal(shown(root), expected)
  end, function()
    local seen, missing, more = shown(root), {}, {}
    for _, row in ipairs(expected) do
      if not vim.list_contains(seen, row) then
        table.insert(missing, row)
      end
    end
    for _, row in ipairs(seen) do
      if not vim.list_contains(expected, row) then
        table.insert(more, row)
      end
    end
    return { missing = missing, more = more, told = check.person.told }
  end, 60000)
  ok('and all of it has the name of its source', #vim.tbl_filter(function(it)
    return it.source ~= 'tollgate'
  end, vim.diagnostic.get(nil)) == 0, vim.diagnostic.get(nil))
end)
