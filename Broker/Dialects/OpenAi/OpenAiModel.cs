namespace Polydev.Broker.Dialects.OpenAi;

/// <summary>One model of the list. No CLI tells when a model was made, and the SDKs want a number: <c>created</c> is 0.</summary>
internal sealed record OpenAiModel(string Id, string OwnedBy)
{
    public string Object { get; } = "model";

    public long Created { get; }
}
