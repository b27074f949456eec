using System.Text;

namespace Polydev.Broker.Pages.Frame;

/// <summary>
/// Answers with a table as a file: RFC 4180, UTF-8, row by row, so that a long one is never held whole. A cell that a spreadsheet would
/// take for a formula begins with a quote.
/// </summary>
internal static class CsvDownload
{
    // Characters that wait until they are sent.
    private const int Portion = 32 * 1024;

    private static readonly System.Buffers.SearchValues<char> Quoted = System.Buffers.SearchValues.Create(",\"\r\n");

    /// <param name="name">Of the file, without its ending.</param>
    public static async Task WriteAsync(
        HttpContext context, string name, IReadOnlyList<string> head, IAsyncEnumerable<IReadOnlyList<string>> rows)
    {
        var response = context.Response;
        response.ContentType = "text/csv; charset=utf-8";
        response.Headers.ContentDisposition = $"attachment; filename=\"{name}.csv\"";
        if (HttpMethods.IsHead(context.Request.Method))
        {
            return;
        }

        var text = new StringBuilder(Portion);
        Append(text, head);
        await foreach (var row in rows.WithCancellation(context.RequestAborted))
        {
            Append(text, row);
            if (text.Length >= Portion)
            {
                await response.WriteAsync(text.ToString(), context.RequestAborted);
                text.Clear();
            }
        }

        await response.WriteAsync(text.ToString(), context.RequestAborted);
    }

    /// <summary>One cell as it is written.</summary>
    public static string Cell(string text)
    {
        // What spreadsheets run, some behind a tab or a return.
        var plain = text is ['=' or '+' or '-' or '@' or '\t' or '\r', ..] ? $"'{text}" : text;
        return plain.AsSpan().ContainsAny(Quoted) ? $"\"{plain.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : plain;
    }

    private static void Append(StringBuilder text, IReadOnlyList<string> row) => text.AppendJoin(',', row.Select(Cell)).Append("\r\n");
}
