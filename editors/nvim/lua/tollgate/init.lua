--- What a user calls. Everything else loads when it is first needed.
local M = {}

--- Optional. Takes the settings of `:help tollgate-settings`; a wrong one is reported and its default kept.
--- @param options? table
function M.setup(options)
  local settings = require('tollgate.settings')
  settings.set(options or {})
  if vim.lsp.config then
    -- Neovim keeps the configuration it read: tell it what changed.
    local section = settings.for_server()
    vim.lsp.config('tollgate', { settings = { tollgate = section }, init_options = section, trace = settings.get('trace.server') })
  end
end

--- One line for the status line: ticket, next pass, money, trust, what runs now. Empty where no server is attached.
--- Safe to place anywhere in 'statusline': what comes from files and agents cannot start an item of its own.
--- @param buffer? integer default: the current one
--- @return string
function M.statusline(buffer)
  -- A status line is drawn often and before anything is loaded: cost nothing until there is something to say.
  local status = package.loaded['tollgate.status']
  return status and status.line(buffer or vim.api.nvim_get_current_buf()) or ''
end

return M
