using System.Buffers;
using System.Text.Json;

namespace Polydev.Broker.AccountData;

/// <summary>Writes everything that is kept of an account as one JSON array, a row at a time: <c>[{"kind":"account",…},…]</c>.</summary>
internal sealed class AccountExport(IAccountDataStore store)
{
    private const int WrittenAtOnce = 32 * 1024;

    /// <summary>In memory there is never more than some 32 kB of it, and a page of the store's rows.</summary>
    public async Task WriteAsync(string accountId, Stream target, CancellationToken cancellationToken)
    {
        var buffer = new ArrayBufferWriter<byte>();
        await using var json = new Utf8JsonWriter(buffer);
        json.WriteStartArray();
        await foreach (var row in store.ExportAsync(accountId, cancellationToken))
        {
            Write(json, row);
            if (json.BytesPending + buffer.WrittenCount >= WrittenAtOnce)
            {
                await SendAsync();
            }
        }

        json.WriteEndArray();
        await SendAsync();

        async Task SendAsync()
        {
            await json.FlushAsync(cancellationToken);
            await target.WriteAsync(buffer.WrittenMemory, cancellationToken);
            buffer.ResetWrittenCount();
        }
    }

    private static void Write(Utf8JsonWriter json, ExportedRow row)
    {
        json.WriteStartObject();
        json.WriteString("kind", row.Kind);
        foreach (var (name, value) in row.Values)
        {
            json.WritePropertyName(name);
            if (value is null)
            {
                json.WriteNullValue();
            }
            else
            {
                value.WriteTo(json);
            }
        }

        json.WriteEndObject();
    }
}
