using System.Diagnostics;
using System.Globalization;
using System.Text;
using Polydev.Broker.Dialects.OpenAi;
using Polydev.TestKit;

namespace Polydev.Broker.Tests.VendorSchemas;

/// <summary>
/// Every body and event that we write is of the type that the vendor's official JavaScript SDK gives it: they are put into one program as
/// literals of those types, and TypeScript's compiler, which knows a field too many from one too few, is asked.
/// </summary>
internal sealed class SdkTypesTests
{
    // An enum is its words on the wire; methods, and what an SDK works out by itself, are not there. OpenAI's own answers have null in what
    // is nullable here, and tell whether they are stored; as its schemas say, there is a name beside whole arguments. A custom tool's call
    // has its status in the item that the SDK reads back. reasoning_content is other vendors', and told to those who ask for it.
    internal const string Head =
        """
        import type OpenAI from 'openai';
        import type Anthropic from '@anthropic-ai/sdk';
        import type * as Google from '@google/genai';

        type Made = 'output_text' | '_request_id';
        type Nullable = 'system_fingerprint' | 'user' | 'usage';
        type Wire<T> = 0 extends 1 & T ? T
            : T extends string ? `${T}`
            : T extends readonly (infer U)[] ? Wire<U>[]
            : T extends object ? { [K in keyof T as T[K] extends Function ? never : K extends Made ? never : K]:
                Wire<T[K]> | (K extends Nullable ? null : never) }
            : T;

        type Thinks<K extends string, T extends { choices: { [P in K]: object }[] }> = Omit<T, 'choices'> & {
            choices: (Omit<T['choices'][number], K> & { [P in K]: T['choices'][number][P] & { reasoning_content?: string } })[];
        };
        type Item = Wire<OpenAI.Responses.ResponseOutputItem> | Wire<OpenAI.Responses.ResponseCustomToolCallItem>;
        type Answer = Omit<Wire<OpenAI.Responses.Response>, 'output'> & { output: Item[]; store: boolean };
        type Answering<E> = E extends { response: object } ? Omit<E, 'response'> & { response: Answer } : E;
        type ArgumentsDone = Wire<OpenAI.Responses.ResponseFunctionCallArgumentsDoneEvent> & { name: string };
        type Count = Partial<Wire<Google.CountTokensResponse>> & { promptTokensDetails?: Wire<Google.ModalityTokenCount>[] };

        """;

    private static readonly Dictionary<string, string> Wholes = new()
    {
        ["chat"] = "Thinks<'message', Wire<OpenAI.Chat.ChatCompletion>>",
        ["responses"] = "Answer",
        ["anthropic"] = "Wire<Anthropic.Message>",

        // A class, of whose getters there is none on the wire.
        ["gemini"] = "Partial<Wire<Google.GenerateContentResponse>>",
    };

    private static readonly Dictionary<string, string> Streams = new()
    {
        ["chat"] = "Thinks<'delta', Wire<OpenAI.Chat.ChatCompletionChunk>>",
        ["responses"] = "Answering<Wire<OpenAI.Responses.ResponseStreamEvent>> | ArgumentsDone",
        ["anthropic"] = "Wire<Anthropic.RawMessageStreamEvent>",
        ["gemini"] = Wholes["gemini"],
    };

    [Test]
    public async Task Bodies_OfEachKind_AreOfTheSdksTypes()
    {
        var (program, places) = (new StringBuilder(Head), new Dictionary<int, string>());
        var line = Head.Count(character => character == '\n');
        foreach (var (place, type, body) in Written())
        {
            places[++line] = $"{place}: {body}";
            program.Append(CultureInfo.InvariantCulture, $"const _{line}: {type} = {body};\n");
        }

        var problems = await CompileAsync(program.ToString());

        Assert.That(places, Has.Count.GreaterThan(200));
        Assert.That(
            string.Join('\n', problems.Select(problem => $"{problem.Text}\n  {places.GetValueOrDefault(problem.Line)}")), Is.Empty);
    }

    [TestCase("chat", """{"id":"c","object":"chat.completion","created":1,"model":"m","choices":[],"odd":1}""", "'\"odd\"' does not exist")]
    [TestCase("chat", """{"id":"c","object":"chat.completion","created":1,"choices":[]}""", "not assignable to type 'Thinks")]
    [TestCase("responses", """{"id":"r"}""", "not assignable to type 'Answer'")]
    [TestCase("anthropic", """{"id":"m","type":"message","content":[{"type":"text","text":1}]}""", "not assignable")]
    [TestCase("gemini", """{"candidates":[{"finishReason":"DONE"}]}""", "\"DONE\"' is not assignable")]
    [TestCase("gemini", """{"candidate":[]}""", "'\"candidate\"' does not exist")]
    public async Task Body_ThatIsNotTheVendors_IsFound(string dialect, string body, string why)
    {
        var problems = await CompileAsync($"{Head}const _: {Wholes[dialect]} = {body};\n");

        Assert.That(problems.Select(problem => problem.Text), Has.One.Contains(why));
    }

    private static IEnumerable<(string Place, string Type, string Body)> Written()
    {
        foreach (var (dialect, answer) in WrittenBodies.Cases().Select(pair => ((string)pair[0], (string)pair[1])))
        {
            yield return ($"{dialect} {answer}", Wholes[dialect], WrittenBodies.Whole(dialect, answer));
            foreach (var data in WrittenBodies.Streamed(dialect, answer))
            {
                yield return ($"{dialect} {answer}, streamed", Streams[dialect], data);
            }
        }

        yield return ("chat", Wholes["chat"], WrittenBodies.CustomCall("chat", """{"type":"custom","custom":{"name":"f"}}"""));
        yield return ("responses", Wholes["responses"], WrittenBodies.CustomCall("responses", """{"type":"custom","name":"f"}"""));
        foreach (var data in WrittenBodies.Broken("responses"))
        {
            yield return ("responses, broken", Streams["responses"], data);
        }

        yield return ("anthropic, broken", "Wire<Anthropic.ErrorResponse>", WrittenBodies.Broken("anthropic")[^1]);
        yield return ("models", "{ object: 'list', data: Wire<OpenAI.Models.Model>[] }", WrittenBodies.ModelList(OpenAiFamily.Instance));
        yield return ("count", "Wire<OpenAI.Responses.InputTokenCountResponse>", WrittenBodies.Count("responses"));
        yield return ("count", "Wire<Anthropic.MessageTokensCount>", WrittenBodies.Count("anthropic"));
        yield return ("count", "Count", WrittenBodies.Count("gemini"));
    }

    internal static async Task<List<(int Line, string Text)>> CompileAsync(string program)
    {
        using var folder = new TemporaryFolder();
        var source = folder.File("bodies.ts");
        await File.WriteAllTextAsync(source, program);
        await File.WriteAllTextAsync(folder.File("package.json"), """{"type":"module"}""");
        var modules = Path.Combine(TestClis.Folder, "node_modules");
        Directory.CreateSymbolicLink(folder.File("node_modules"), modules);
        string[] arguments =
        [
            Path.Combine(modules, "typescript", "bin", "tsc"), "--noEmit", "--strict", "--skipLibCheck", "--pretty", "false",
            "--module", "nodenext", "--target", "es2023", "--types", "node", source,
        ];
        using var compiler = Process.Start(new ProcessStartInfo("node", arguments)
        {
            WorkingDirectory = folder.FullName,
            RedirectStandardOutput = true,
        })!;
        var output = await compiler.StandardOutput.ReadToEndAsync().DefaultTimeout();
        await compiler.WaitForExitAsync().DefaultTimeout();

        const string At = "bodies.ts(";
        var problems = output.Split('\n').Where(line => line.StartsWith(At, StringComparison.Ordinal)).Select(line => (
            int.Parse(line[At.Length..line.IndexOf(',', StringComparison.Ordinal)], CultureInfo.InvariantCulture), line)).ToList();

        // It has an error that is no body's only where it could not be run, or the types were not found.
        Assert.That(compiler.ExitCode == 0, Is.EqualTo(problems.Count == 0), output);
        return problems;
    }
}
