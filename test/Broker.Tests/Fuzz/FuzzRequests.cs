using System.Globalization;
using System.IO.Compression;
using System.Text;
using Polydev.Broker.Tests.Api;
using Polydev.Broker.Tests.Dialects;
using Polydev.TestKit;

namespace Polydev.Broker.Tests.Fuzz;

/// <summary>Makes the requests of a run: each from the run's seed and its own number alone, so that it can be made again.</summary>
internal sealed class FuzzRequests(int seed, string host, string key)
{
    // A body for each field that a dialect reads: the sources are held against that table, so that no field can be missing here.
    private static readonly (string Dialect, string Body)[] Samples =
    [
        .. RequestFields.All.Where(field => field.Fate != Fate.Refused).Select(field => (field.Dialect, field.Body)),
        .. CallShapes.Dialects.Select(dialect =>
            (dialect.Replace("openai-", string.Empty), Written.Body(dialect, messages: 6, parts: 9).Json)),
    ];

    // Of the echo, which repeats; and of a CLI, whose tunnel is the test's own, and answers in every way that a tunnel may.
    private static readonly string[] Models = ["\"polydev-echo\"", "\"claude-opus-4-6\""];

    private static readonly string[] GeminiTargets =
    [
        "/api/v1/v1beta/models/polydev-echo:generateContent", "/api/v1/v1beta/models/polydev-echo:streamGenerateContent?alt=sse",
        "/api/v1/models/gemini-2.5-flash:streamGenerateContent", "/api/v1/v1/models/claude%2Fopus:generateContent",
        "/api/v1/google/generate",
    ];

    private static readonly string[] OtherTargets =
    [
        "/api/v1/models", "/api/v1/models/polydev-echo", "/api/v1/models/none", "/api/v1/v1beta/models", "/api/v1/status", "/", "/healthz",
        "/readyz", "/.well-known/polydev", "/api/v1", "/api/v1/completions", "/api/v2/chat/completions", "/nowhere", "/api/v1/models/",
    ];

    public FuzzCase Make(int number)
    {
        var random = new Random(unchecked((seed * 1_000_003) + number));
        var made = random.Next(25) == 0 ? Other(random, number) : Completion(random, number);
        return random.Next(8) == 0 ? new HttpMutator(random).Change(made) : made;
    }

    private FuzzCase Completion(Random random, int number)
    {
        var (dialect, sample) = Samples[random.Next(Samples.Length)];
        var body = JsonTree.Parse(sample);
        if (dialect != "gemini" && random.Next(10) > 0)
        {
            body.Add("model", JsonTree.Raw(Models[random.Next(Models.Length)]));
        }

        if (random.Next(2) == 0)
        {
            body.Add("stream", JsonTree.Raw("true"));
        }

        var mutator = new JsonMutator(random);
        int[] changes = [0, 1, 1, 1, 2, 2, 3, 5];
        for (var left = changes[random.Next(changes.Length)]; left > 0; left--)
        {
            mutator.Change(body);
        }

        var json = Encoding.UTF8.GetBytes(body.ToString());
        var target = TargetOf(dialect, random);
        var framed = Framed(number, "POST", target, random.Next(10) == 0 ? ByteMutator.Change(json, random) : json, random);
        return framed with { Dialect = dialect };
    }

    private FuzzCase Other(Random random, int number)
    {
        string[] methods = ["GET", "GET", "GET", "GET", "POST", "HEAD", "PUT", "DELETE"];
        var method = methods[random.Next(methods.Length)];
        return Framed(number, method, OtherTargets[random.Next(OtherTargets.Length)], method == "POST" ? "{}"u8.ToArray() : [], random);
    }

    private static string TargetOf(string dialect, Random random) => dialect switch
    {
        "chat" => "/api/v1/chat/completions",
        "responses" => "/api/v1/responses",
        "completions" => "/api/v1/completions",
        "anthropic" => random.Next(2) == 0 ? "/api/v1/messages" : "/api/v1/v1/messages",
        _ => GeminiTargets[random.Next(GeminiTargets.Length)],
    };

    private FuzzCase Framed(int number, string method, string target, byte[] body, Random random)
    {
        string[] keys = [$"Authorization: Bearer {key}", $"x-api-key: {key}", $"x-goog-api-key: {key}", $"api-key: {key}"];
        var headers = new List<string>
        {
            $"Host: {host}",
            random.Next(60) == 0 ? "Authorization: Bearer pk-nobody" : keys[random.Next(keys.Length)],
            "Content-Type: application/json",
        };
        if (random.Next(40) == 0)
        {
            string[] encodings = ["gzip", "deflate", "br", "zstd", "identity", "nonsense"];
            headers.Add($"Content-Encoding: {encodings[random.Next(encodings.Length)]}");
            body = random.Next(2) == 0 ? Compressed(body) : body;
        }

        if (body.Length > 0 && random.Next(5) == 0)
        {
            headers.Add("Transfer-Encoding: chunked");
            body = InChunks(body, random);
        }
        else if (body.Length > 0 || method is "POST" or "PUT")
        {
            headers.Add(string.Create(CultureInfo.InvariantCulture, $"Content-Length: {body.Length}"));
        }

        return new FuzzCase { Number = number, Method = method, Target = target, Headers = headers, Body = body };
    }

    private static byte[] Compressed(byte[] body)
    {
        using var output = new MemoryStream();
        using (var gzip = new GZipStream(output, CompressionLevel.Fastest))
        {
            gzip.Write(body);
        }

        return output.ToArray();
    }

    private static byte[] InChunks(byte[] body, Random random)
    {
        var output = new MemoryStream();
        for (int start = 0, length; start < body.Length; start += length)
        {
            length = Math.Min(random.Next(1, 1 + body.Length), body.Length - start);
            output.Write(Encoding.ASCII.GetBytes($"{length:x}\r\n"));
            output.Write(body, start, length);
            output.Write("\r\n"u8);
        }

        output.Write("0\r\n\r\n"u8);
        return output.ToArray();
    }
}
