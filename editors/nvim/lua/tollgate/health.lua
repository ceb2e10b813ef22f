--- `:checkhealth tollgate`. Whether agent CLIs are installed and fit is the server's business: `:Tollgate debug`.
local M = {}

local function check_neovim()
  vim.health.start('tollgate: editor')
  vim.health.ok('Neovim ' .. tostring(vim.version()))
  if require('tollgate.server').lenses_are_built_in then
    vim.health.ok('lenses are refreshed by Neovim')
  else
    vim.health.ok('lenses are refreshed by this plugin (Neovim 0.12 does it by itself)')
  end
  if vim.g.loaded_tollgate ~= 1 then
    vim.health.error('plugin/tollgate.lua was not run', 'is the plugin on the runtimepath, and `vim.g.loaded_tollgate` not set by hand?')
  end
end

local function check_program(root)
  vim.health.start('tollgate: program')
  local argv, reason = require('tollgate.program').argv(root)
  if not argv then
    vim.health.error(reason, { 'install tollgate', 'or name it: require("tollgate").setup { cmd = { "/path/to/tollgate", "lsp" } }' })
    return
  end
  vim.health.ok('started as: ' .. table.concat(argv, ' '))
  local started, answer = pcall(function()
    return vim.system({ argv[1], '--version' }, { text = true, timeout = 5000 }):wait()
  end)
  if started and answer.code == 0 then
    vim.health.ok('version: ' .. vim.trim(answer.stdout))
  else
    vim.health.error(('`%s --version` failed'):format(argv[1]), started and vim.trim(answer.stderr or '') or tostring(answer))
  end
end

local function folder_of(variable, fallback)
  local base = vim.env[variable]
  return vim.fs.normalize((base and base ~= '' and base or fallback) .. '/tollgate')
end

local function check_folders()
  vim.health.start('tollgate: state and configuration')
  local state = folder_of('XDG_STATE_HOME', '~/.local/state')
  local about = vim.uv.fs_stat(state)
  if not about then
    vim.health.info(state .. ' is not there yet; the server makes it when it first has something to keep')
  elseif about.type ~= 'directory' then
    vim.health.error(state .. ' is not a folder')
  elseif not vim.uv.fs_access(state, 'W') then
    vim.health.error(state .. ' cannot be written: costs and trust would be lost')
  else
    vim.health.ok('state: ' .. state)
  end
  local configuration = folder_of('XDG_CONFIG_HOME', '~/.config') .. '/config.yaml'
  if vim.uv.fs_stat(configuration) then
    vim.health.ok('configuration: ' .. configuration)
  else
    vim.health.info('no ' .. configuration .. ' (optional)')
  end
end

local function check_clients()
  vim.health.start('tollgate: server')
  local clients = vim.lsp.get_clients({ name = 'tollgate' })
  if #clients == 0 then
    vim.health.info('not running: it starts with the first Markdown or YAML file of a repository')
  end
  for _, client in ipairs(clients) do
    vim.health.ok(('client %d for %s, %d buffers, positions in %s'):format(
      client.id, client.config.root_dir, vim.tbl_count(client.attached_buffers), client.offset_encoding))
    local statuses = require('tollgate.status').all(client.id)
    if #statuses == 0 then
      vim.health.warn('the server has not reported a status yet')
    end
    for _, status in ipairs(statuses) do
      local line = ('trust of %s: %s'):format(status.root, status.trust)
      if status.trust == 'reviewed' then
        vim.health.ok(line)
      else
        vim.health.info(line .. ': files are read, nothing is run. `:Tollgate review` shows what would be')
      end
    end
  end
end

function M.check()
  check_neovim()
  check_program((require('tollgate.server').root_of(vim.fn.getcwd())))
  check_folders()
  check_clients()
end

return M
