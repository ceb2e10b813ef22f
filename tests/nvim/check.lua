-- What the tests of the plugin share: one line per check, waiting for a condition instead of sleeping, a person who
-- answers questions, and a repository to work in.
local M = { failed = 0 }

function M.ok(name, good, seen)
  io.stdout:write(good and ('ok %s\n'):format(name) or ('not ok %s\n'):format(name))
  if not good then
    M.failed = M.failed + 1
    for line in vim.gsplit(vim.inspect(seen), '\n', { plain = true }) do
      io.stdout:write('# ' .. line .. '\n')
    end
  end
  io.stdout:flush()
end

--- Waits until `condition` holds; `seen` (a value or a function) is printed when it never does.
function M.until_ok(name, condition, seen, milliseconds)
  local good = vim.wait(milliseconds or 15000, condition, 10)
  if not good and type(seen) == 'function' then
    seen = seen()
  end
  M.ok(name, good, seen)
  return good
end

function M.finish()
  io.stdout:write(('# %s: %s\n'):format(tostring(vim.version()), M.failed == 0 and 'passed' or M.failed .. ' failed'))
  io.stdout:flush()
  vim.cmd(M.failed == 0 and 'qall!' or 'cquit 1')
end

--- Runs `body`; an error in it is a failed check.
function M.run(body)
  local good, message = xpcall(body, debug.traceback)
  if not good then
    M.ok('the test runs to its end', false, message)
  end
  M.finish()
end

--- Loads the plugin as a package manager would: on the runtimepath, its plugin file sourced.
function M.load_plugin()
  vim.opt.runtimepath:prepend(M.checkout .. '/editors/nvim')
  vim.o.swapfile = false
  vim.o.hidden = true
  vim.cmd('filetype on')
  vim.cmd.runtime('plugin/tollgate.lua')
end

M.tests = vim.fs.dirname(vim.fs.normalize(vim.fn.fnamemodify(debug.getinfo(1, 'S').source:sub(2), ':p')))
M.checkout = vim.fs.dirname(vim.fs.dirname(M.tests))

--- @param files table<string, string|string[]> path → lines; a path that ends in / is a folder
function M.repository(files)
  local root = assert(vim.uv.fs_realpath(vim.fs.dirname(vim.fn.tempname()))) .. '/repository-' .. vim.uv.hrtime()
  for path, lines in pairs(files) do
    local full = root .. '/' .. path
    if vim.endswith(path, '/') then
      vim.fn.mkdir(full, 'p')
    else
      vim.fn.mkdir(vim.fs.dirname(full), 'p')
      vim.fn.writefile(type(lines) == 'table' and lines or { lines }, full)
    end
  end
  return root
end

--- The person: answers to `vim.ui.select` (the title wanted, or nil for none) and `vim.ui.input`, in order.
M.person = { select = {}, input = {}, seen = {}, told = {} }

vim.ui.select = function(items, options, on_choice)
  local titles = vim.tbl_map(options.format_item or tostring, items)
  table.insert(M.person.seen, { prompt = options.prompt, titles = titles })
  local wanted = table.remove(M.person.select, 1)
  for index, title in ipairs(titles) do
    if wanted and title:find(wanted, 1, true) then
      return on_choice(items[index], index)
    end
  end
  on_choice(nil, nil)
end

vim.ui.input = function(options, on_confirm)
  table.insert(M.person.seen, { prompt = options.prompt, buffer = vim.api.nvim_buf_get_name(0) })
  on_confirm(table.remove(M.person.input, 1))
end

vim.notify = function(message)
  table.insert(M.person.told, message)
end
vim.notify_once = vim.notify

function M.was_told(part)
  for _, message in ipairs(M.person.told) do
    if message:find(part, 1, true) then
      return true
    end
  end
  return false
end

function M.client(buffer)
  return vim.lsp.get_clients({ name = 'tollgate', bufnr = buffer or 0 })[1]
end

--- Line (from 1) → sign text, of every namespace that shows diagnostics.
function M.signs(buffer)
  local signs = {}
  for _, mark in ipairs(vim.api.nvim_buf_get_extmarks(buffer, -1, 0, -1, { details = true, type = 'sign' })) do
    signs[mark[2] + 1] = vim.trim(mark[4].sign_text or '')
  end
  return signs
end

--- Titles of the lenses in a buffer.
function M.lenses(buffer)
  local lenses
  if vim.lsp.codelens.enable then
    lenses = vim.tbl_map(function(found)
      return found.lens
    end, vim.lsp.codelens.get({ bufnr = buffer }))
  else
    lenses = vim.lsp.codelens.get(buffer)
  end
  return vim.tbl_map(function(lens)
    return lens.command and lens.command.title or 'unresolved'
  end, lenses)
end

--- Waits for the answer to a request of our client.
function M.ask(client, method, parameters)
  local failure, result, answered
  local function handler(f, r)
    failure, result, answered = f, r, true
  end
  if vim.fn.has('nvim-0.11') == 1 then
    client:request(method, parameters, handler)
  else
    client.request(method, parameters, handler)
  end
  assert(vim.wait(15000, function()
    return answered
  end, 10), method .. ' was not answered')
  assert(not failure, vim.inspect(failure))
  return result
end

return M
