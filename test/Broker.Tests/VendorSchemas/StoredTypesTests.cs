using System.Text.Json.Nodes;
using Polydev.Broker.Tests.Stored;

namespace Polydev.Broker.Tests.VendorSchemas;

/// <summary>What is told of a stored response is of the types of OpenAI's SDK (<see cref="SdkTypesTests"/>).</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class StoredTypesTests : StoredFixture
{
    // Of one dot. Its detail is told, though it was not asked for.
    private static readonly object Picture = new
    {
        type = "input_image",
        image_url = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAAAAACH5BAEAAAAALAAAAAABAAEAAAICRAEAOw==",
    };

    [Test]
    public async Task Bodies_OfAStoredResponse_AreOfTheSdksTypes()
    {
        Tunnel.Says = Weather;
        var first = await AskAsync(new { model = Model, input = "How is it?", tools = Tools, instructions = "Be brief." });
        object[] input =
        [
            .. first["output"]!.AsArray().Select(item => item!.DeepClone()),
            new { type = "function_call_output", call_id = "call_1", output = "rain" },
            new { role = "developer", content = "Be kind." },
            new { role = "user", content = (object[])[new { type = "input_text", text = "And?" }, Picture] },
        ];
        var second = await AskAsync(
            new { model = Model, input, tools = Tools, previous_response_id = IdOf(first), metadata = new { a = "b" } });
        List<string> program = [];
        foreach (var id in (string[])[IdOf(first), IdOf(second)])
        {
            Add("Answer", await GetAsync($"responses/{id}"));
            Add("Items", await GetAsync($"responses/{id}/input_items?order=asc"));
        }

        var problems = await SdkTypesTests.CompileAsync(
            $"{SdkTypesTests.Head}type Items = Wire<OpenAI.Responses.ResponseItemList>;\n{string.Concat(program)}");

        Assert.That(problems.Select(problem => $"{problem.Text}\n{string.Concat(program)}"), Is.Empty);

        void Add(string type, JsonNode body) => program.Add($"const _{program.Count}: {type} = {body.ToJsonString()};\n");
    }

    // The SDK gives no type to it; the vendor's reference shows these three.
    [Test]
    public async Task Deletion_OfAStoredResponse_IsTheVendors()
    {
        var id = IdOf(await AskAsync(new { model = Model, input = "One?" }));

        using var response = await Broker.Http.DeleteAsync($"responses/{id}");

        Assert.That(
            (await JsonOf(response)).ToJsonString(), Is.EqualTo($$"""{"id":"{{id}}","object":"response","deleted":true}"""));
    }
}
