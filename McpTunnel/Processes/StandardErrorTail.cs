using System.Text;

namespace Polydev.McpTunnel.Processes;

/// <summary>The last 4,096 characters of a child's stderr, read to its end so that the child never blocks on it.</summary>
internal sealed class StandardErrorTail
{
    private const int MaxChars = 4096;

    private readonly StringBuilder _tail = new();
    private readonly Lock _lock = new();

    public async Task ReadAsync(StreamReader reader)
    {
        var buffer = new char[1024];
        for (int read; (read = await reader.ReadAsync(buffer)) > 0;)
        {
            lock (_lock)
            {
                _tail.Append(buffer, 0, read);
                if (_tail.Length > MaxChars)
                {
                    _tail.Remove(0, _tail.Length - MaxChars);
                }
            }
        }
    }

    /// <summary>There may have been more.</summary>
    public bool IsFull => ToString().Length == MaxChars;

    /// <summary>The last line that says something; empty when there is none.</summary>
    public string LastLine =>
        ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault(string.Empty);

    public override string ToString()
    {
        lock (_lock)
        {
            return _tail.ToString();
        }
    }
}
