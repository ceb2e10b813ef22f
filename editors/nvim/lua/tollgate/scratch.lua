--- Read-only buffers for what the server tells: a plan, a log, an explanation. They are wiped when their window closes,
--- and every command that a buffer carries ends with it.
local M = {}

local function fill(buffer, text)
  vim.bo[buffer].modifiable = true
  vim.api.nvim_buf_set_lines(buffer, 0, -1, false, vim.split(vim.trim(text):gsub('\r', ''), '\n', { plain = true }))
  vim.bo[buffer].modifiable = false
  vim.bo[buffer].modified = false
end

--- Shows `text` under `tollgate://<name>`, in the window that has it already or in a new one below.
--- @param client vim.lsp.Client whose server told it; commands given in the buffer go there
--- @param name string
--- @param text string
--- @param filetype? string default markdown
--- @return integer buffer
function M.show(client, name, text, filetype)
  name = 'tollgate://' .. name
  local buffer
  for _, window in ipairs(vim.api.nvim_list_wins()) do
    if vim.api.nvim_buf_get_name(vim.api.nvim_win_get_buf(window)) == name then
      buffer = vim.api.nvim_win_get_buf(window)
      vim.api.nvim_set_current_win(window)
    end
  end
  if not buffer then
    buffer = vim.api.nvim_create_buf(false, true)
    vim.api.nvim_buf_set_name(buffer, name)
    vim.bo[buffer].bufhidden = 'wipe'
    local window = vim.api.nvim_open_win(buffer, true, { split = 'below' })
    vim.wo[window].wrap = true
    vim.wo[window].linebreak = true
    vim.keymap.set('n', 'q', function()
      vim.cmd(#vim.api.nvim_tabpage_list_wins(0) > 1 and 'close' or 'bwipeout') -- the last window cannot be closed
    end, { buffer = buffer, desc = 'Close', nowait = true })
  end
  vim.b[buffer].tollgate_client = client.id
  fill(buffer, text)
  vim.bo[buffer].filetype = filetype or 'markdown'
  vim.api.nvim_win_set_cursor(0, { 1, 0 })
  return buffer
end

--- @param buffer integer
--- @return vim.lsp.Client? of whose server this buffer tells
function M.client(buffer)
  local id = vim.b[buffer].tollgate_client
  return id and vim.lsp.get_client_by_id(id)
end

--- @param buffer integer one that `show` made; nothing happens when it is gone
--- @param text string
function M.replace(buffer, text)
  if vim.api.nvim_buf_is_valid(buffer) then
    fill(buffer, text)
  end
end

return M
