using System.Buffers;

namespace Polydev.Broker.Dialects;

/// <summary>A dialect whose vendor also tells what a request comes to, without answering it.</summary>
internal interface ICountingDialect : IDialect
{
    /// <summary>The figure's name in the vendor's body: <c>input_tokens</c>.</summary>
    string CountField { get; }

    /// <summary>Writes the vendor's body for a count.</summary>
    void WriteCount(IBufferWriter<byte> output, ulong tokens);
}

/// <summary>What a request comes to, in tokens of its model's vendor.</summary>
/// <param name="IsEstimate">Not all of it could be counted as the vendor does.</param>
internal readonly record struct TokenCount(ulong Tokens, bool IsEstimate);
