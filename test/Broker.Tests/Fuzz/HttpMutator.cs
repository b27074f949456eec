using System.Globalization;
using System.Text;

namespace Polydev.Broker.Tests.Fuzz;

/// <summary>Bends a request's frame: its method, address, headers, length and chunks.</summary>
internal sealed class HttpMutator(Random random)
{
    private static readonly string[] Methods = ["GET", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "BREW", "post", "P{ST"];

    private static readonly string[] Ends =
    [
        "/", "//", "/..", "/%2e", "%00", "%zz", "%ff%fe", "%2F", "/%2F%2F", "?", "?a=%", "?key=pk-x", "?alt=sse&alt=json", ":", ":action",
        "#x", "é", "\\", "/\u00ff", ":generateContent", ":streamGenerateContent?alt=", ";x", "?$alt=json;enum-encoding=int",
    ];

    private static readonly string[] OddHeaders =
    [
        "Content-Type: text/plain", "Content-Type: application/json; charset=utf-16", "Content-Type: ", "Content-Type: é", "X-Odd: \u0001",
        "X-Odd: \u00ff\u00fe", "X-Odd", ": x", "X Odd: 1", " folded", "Accept: nothing/at-all", "Accept-Encoding: gzip;q=nan",
        "anthropic-version: 2023-06-01", "anthropic-version: ", "x-goog-api-client: genai-js/2.32", "Connection: upgrade",
        "Connection: upgrade\r\nUpgrade: h2c", "Upgrade: websocket", "Expect: 100-continue", "Expect: nothing", "Origin: null",
        "Origin: http://evil.example", "Access-Control-Request-Method: POST", "Range: bytes=0-1", "If-None-Match: *", "Cookie: a=b; é",
        "X-Forwarded-For: 1.2.3.4", "X-HTTP-Method-Override: DELETE", "Content-Length: 0", "Content-Length: -1", "Content-Length: 1e9",
        "Content-Length: 99999999999999999999", "Transfer-Encoding: gzip", "Transfer-Encoding: chunked, chunked", "Host: other.example",
        "Host: ", "Authorization: Basic eDp5", "Authorization: Bearer ", "Authorization: Bearer \u00e9", "x-api-key: ", "api-key: \t",
        "traceparent: 00-x", "Trailer: x", "Keep-Alive: x", "Date: yesterday",
    ];

    public FuzzCase Change(FuzzCase made) => random.Next(6) switch
    {
        0 => made with { Method = Methods[random.Next(Methods.Length)], Dialect = null, IsGoodHttp = false },
        1 => made with { Target = Target(made.Target), Dialect = null, IsGoodHttp = false },
        2 => made with { Headers = [.. made.Headers, OddHeaders[random.Next(OddHeaders.Length)]], Dialect = null, IsGoodHttp = false },
        3 => made with { Headers = WithoutOne(made.Headers), Dialect = null, IsGoodHttp = false },
        4 => Stuffed(made) with { Dialect = null, IsGoodHttp = false },
        _ => Length(made) with { Dialect = null, IsGoodHttp = false },
    };

    private string Target(string target) => random.Next(6) switch
    {
        0 => target.ToUpperInvariant(),
        1 => $"/api{target}",
        2 => target.Remove(random.Next(target.Length), 1),
        3 => target.Insert(random.Next(target.Length), new string('a', random.Next(10_000))),
        4 => random.Next(2) == 0 ? "*" : $"http://other.example{target}",
        _ => target + Ends[random.Next(Ends.Length)],
    };

    private List<string> WithoutOne(IReadOnlyList<string> headers)
    {
        var left = headers.ToList();
        left.RemoveAt(random.Next(left.Count));
        return left;
    }

    private FuzzCase Stuffed(FuzzCase made) => made with
    {
        Headers = random.Next(2) == 0
            ? [.. made.Headers, $"X-Long: {new string('x', random.Next(50_000))}"]
            : [.. made.Headers, .. Enumerable.Range(0, random.Next(300)).Select(index => $"X-Many-{index}: x")],
    };

    private FuzzCase Length(FuzzCase made)
    {
        var others = made.Headers.Where(header =>
            !header.StartsWith("Content-Length", StringComparison.Ordinal) && !header.StartsWith("Transfer-", StringComparison.Ordinal));
        switch (random.Next(4))
        {
            case 0:
                return WithLength(made.Body.Length + random.Next(1, 100)) with { IsCutOff = true };
            case 1:
                return WithLength(random.Next(3) switch { 0 => 33_000_000, 1 => 5_000_000_000, _ => random.Next(made.Body.Length + 1) });
            case 2:
                return Chunked($"{made.Body.Length + 1:x}\r\n", made.Body) with { IsCutOff = true };
            default:
                // Whatever the size comes to, there is enough behind it to be seen as wrong.
                string[] sizes = ["zz", "-1", "", "0x5", "5;ext=\"x\"", "FFFFFFFF", "7FFFFFFFFFFFFFFF", "FFFFFFFFFFFFFFFFF", "0005", "5 "];
                return Chunked($"{sizes[random.Next(sizes.Length)]}\r\n", [.. made.Body, .. "                        \r\n0\r\n\r\n"u8]);
        }

        FuzzCase WithLength(long length) =>
            made with { Headers = [.. others, string.Create(CultureInfo.InvariantCulture, $"Content-Length: {length}")] };

        FuzzCase Chunked(string size, byte[] rest) =>
            made with { Headers = [.. others, "Transfer-Encoding: chunked"], Body = [.. Encoding.ASCII.GetBytes(size), .. rest] };
    }
}
