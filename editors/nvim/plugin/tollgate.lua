-- Runs once at startup and only says when the rest is to be loaded. `vim.g.loaded_tollgate = 1` before it turns it off.
if vim.g.loaded_tollgate then
  return
end
vim.g.loaded_tollgate = 1

if vim.fn.has('nvim-0.10') == 0 then
  vim.api.nvim_echo({ { 'tollgate needs Neovim 0.10 or newer', 'WarningMsg' } }, true, {})
  return
end

vim.api.nvim_create_user_command('Tollgate', function(command)
  require('tollgate.commands').run(command.fargs)
end, {
  nargs = '*',
  desc = 'Passes, gates and costs of this repository',
  complete = function(lead, line, position)
    return require('tollgate.commands').complete(lead, line:sub(1, position))
  end,
})

-- Files of other tools whose names Neovim does not know; without a type no server is attached.
vim.filetype.add({
  pattern = {
    ['.*/%.cursor/rules/.*%.mdc'] = 'markdown',
    ['.*/%.kiro/hooks/.*%.kiro%.hook'] = 'json',
  },
})

if vim.fn.has('nvim-0.11') == 1 then
  -- Neovim 0.11 and newer find lsp/tollgate.lua by themselves.
  vim.lsp.enable('tollgate')
else
  vim.api.nvim_create_autocmd('FileType', {
    group = vim.api.nvim_create_augroup('tollgate.filetype', {}),
    desc = 'Start or reuse the tollgate server of the repository',
    callback = function(event)
      require('tollgate.server').attach(event.buf)
    end,
  })
end
