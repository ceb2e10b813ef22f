--- Which program is started as the server. The only program that this plugin starts, so the only one it looks for.
local settings = require('tollgate.settings')

local M = {}

--- A path of the file system as it is, in one spelling; a `$` in a name is a `$`.
function M.literal(path)
  return vim.fs.normalize(path, { expand_env = false })
end

local windows = vim.fn.has('win32') == 1

local function is_absolute(path)
  return vim.startswith(path, '/') or (windows and path:match('^%a:[\\/]') ~= nil)
end

--- @param path string
local function beneath(path, root)
  return vim.startswith(path .. '/', (root:gsub('/+$', '')) .. '/')
end

local roots = {} --- @type table<string, true> every root for which a program was looked up

local function beneath_a_root(path)
  for root in pairs(roots) do
    if beneath(path, root) or beneath(vim.uv.fs_realpath(path) or path, vim.uv.fs_realpath(root) or root) then
      return true
    end
  end
  return false
end

--- Own look-up in PATH: entries that are not absolute are passed over, and so is a program inside a root, or a
--- repository could bring the program that is to judge it. Any root counts: Neovim 0.11 does not say for which one it
--- starts the program.
--- @param name string
--- @return string? path, string? reason why not
local function find_in_path(name)
  local refused
  for _, folder in ipairs(vim.split(vim.env.PATH or '', windows and ';' or ':', { plain = true })) do
    local path = M.literal(folder) .. '/' .. name .. (windows and '.exe' or '')
    if is_absolute(folder) and vim.fn.executable(path) == 1 then
      if not beneath_a_root(path) then
        return path
      end
      refused = ('%s lies inside a repository that is open and is not started'):format(path)
    end
  end
  return nil, refused or ('there is no %s on PATH'):format(name)
end

local function serve(program)
  local log_file = settings.get('logFile')
  local argv = { program, 'lsp' }
  return log_file == '' and argv or vim.list_extend(argv, { '--log-file', vim.fs.normalize(log_file) })
end

--- The argv that starts the server: `cmd` as it is, else `tollgate` on PATH, else `serverPath`.
--- @param root? string
--- @return string[]? argv, string? reason why there is none
function M.argv(root)
  if root then
    roots[root] = true
  end
  local argv = settings.get('cmd')
  if argv then
    argv = vim.list_slice(argv)
    local program = vim.fs.normalize(argv[1])
    local reason
    if not is_absolute(program) then
      program, reason = find_in_path(program)
    elseif vim.fn.executable(program) == 0 then
      program, reason = nil, ('%s of the setting cmd cannot be executed'):format(program)
    end
    argv[1] = program
    return program and argv or nil, reason
  end
  local found, reason = find_in_path('tollgate')
  if found then
    return serve(found)
  end
  local path = vim.fs.normalize(settings.get('serverPath'))
  if path == '' then
    return nil, reason
  elseif not is_absolute(path) or vim.fn.executable(path) == 0 then
    return nil, ('%s of the setting serverPath is not an absolute path of a program'):format(path)
  end
  return serve(path)
end

return M
