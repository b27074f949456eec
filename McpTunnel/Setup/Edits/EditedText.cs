using System.Text;

namespace Polydev.McpTunnel.Setup.Edits;

/// <summary>The bytes of a file (UTF-8, without its BOM) as they are changed step by step; each step is kept for a person to see.</summary>
internal sealed class EditedText(byte[] content)
{
    private readonly List<ShownEdit> _edits = [];

    public byte[] Content { get; private set; } = content;

    public IReadOnlyList<ShownEdit> Edits => _edits;

    public void Insert(int at, string inserted) => Replace(at, 0, inserted);

    public void Delete(int start, int end) => Replace(start, end - start, string.Empty);

    /// <summary>Everything outside of these bytes stays as it is.</summary>
    public void Replace(int start, int length, string inserted)
    {
        var removed = Encoding.UTF8.GetString(Content, start, length);
        if (removed == inserted)
        {
            return;
        }

        _edits.Add(new ShownEdit(1 + Content.AsSpan(0, start).Count((byte)'\n'), removed, inserted));
        Content = [.. Content.AsSpan(0, start), .. Encoding.UTF8.GetBytes(inserted), .. Content.AsSpan(start + length)];
    }

    /// <summary>The line end of most lines; LF where there are none.</summary>
    public static string NewLineOf(ReadOnlySpan<byte> content)
    {
        var all = content.Count((byte)'\n');
        return content.Count("\r\n"u8) * 2 > all ? "\r\n" : "\n";
    }
}

/// <summary>One change at a line (from 1) of the text as it was at that step.</summary>
internal sealed record ShownEdit(int Line, string Removed, string Inserted);

/// <summary>This file cannot be changed without a risk to what else is in it; the message, for a person, says why.</summary>
internal sealed class UnsafeFileException(string message, Exception? inner = null) : Exception(message, inner);
