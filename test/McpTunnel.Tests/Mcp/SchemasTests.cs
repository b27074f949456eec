using Polydev.McpTunnel.Mcp;
using Polydev.Protos.V1;
using Polydev.Shared.Models;

namespace Polydev.McpTunnel.Tests.Mcp;

public sealed class SchemasTests
{
    // A client that checks an answer against its schema, as the official SDK does, throws the whole answer away.
    [Test]
    public void CliState_Any_IsAWordOfTheSchema([Values] CliState state)
    {
        var words = Schemas.CliStatusOutput.GetProperty("properties").GetProperty("clis").GetProperty("items").GetProperty("properties")
            .GetProperty("state").GetProperty("enum").EnumerateArray().Select(word => word.GetString());

        Assert.That(words, Does.Contain(CliStates.NameOf(state)));
    }
}
