using System.Text.RegularExpressions;
using Orleans.Runtime;
using Orleans.Streams;

namespace Orleans
{
    /// <summary>
    /// Subscribes the grains of this class to every stream of a namespace, of any provider: an item wakes the grain whose key is the
    /// stream's key. The grain attaches its observer in OnActivateAsync, by resuming the handle it finds there, or in
    /// <see cref="Streams.Core.IStreamSubscriptionObserver.OnSubscribed"/>. There is no way to end such a subscription.
    /// </summary>
    [AttributeUsage(AttributeTargets.Class, AllowMultiple = true)]
    public class ImplicitStreamSubscriptionAttribute : Attribute
    {
        /// <summary>Every namespace.</summary>
        public ImplicitStreamSubscriptionAttribute() : this(new AllStreamNamespacesPredicate())
        {
        }

        public ImplicitStreamSubscriptionAttribute(string streamNamespace, string? streamIdMapper = null)
            : this(new ExactMatchStreamNamespacePredicate(streamNamespace.Trim()), streamIdMapper)
        {
        }

        /// <param name="predicateType">An <see cref="IStreamNamespacePredicate"/> with a constructor without parameters.</param>
        /// <param name="streamIdMapper">See <see cref="StreamIdMapper"/>.</param>
        public ImplicitStreamSubscriptionAttribute(Type predicateType, string? streamIdMapper = null)
            : this((IStreamNamespacePredicate)Activator.CreateInstance(predicateType)!, streamIdMapper)
        {
        }

        public ImplicitStreamSubscriptionAttribute(IStreamNamespacePredicate predicate, string? streamIdMapper = null)
        {
            Predicate = predicate;
            StreamIdMapper = streamIdMapper;
        }

        public IStreamNamespacePredicate Predicate { get; }

        /// <summary>Null or "default" here: the grain's key is the stream's key.</summary>
        public string? StreamIdMapper { get; init; }
    }

    /// <summary>Subscribes to the streams of all namespaces in which a regular expression finds something.</summary>
    [AttributeUsage(AttributeTargets.Class, AllowMultiple = true)]
    public sealed class RegexImplicitStreamSubscriptionAttribute(string pattern)
        : ImplicitStreamSubscriptionAttribute(new RegexStreamNamespacePredicate(pattern));
}

namespace Orleans.Streams
{
    /// <summary>Which namespaces an implicit subscription means. Immutable.</summary>
    public interface IStreamNamespacePredicate
    {
        string PredicatePattern { get; }
        bool IsMatch(string streamNamespace);
    }

    public class RegexStreamNamespacePredicate : IStreamNamespacePredicate
    {
        private readonly Regex _regex;

        public RegexStreamNamespacePredicate(string regex) => _regex = new Regex(regex, RegexOptions.Compiled);

        public string PredicatePattern => $"regex:{_regex}";
        public bool IsMatch(string streamNameSpace) => _regex.IsMatch(streamNameSpace);
    }

    internal sealed class ExactMatchStreamNamespacePredicate(string streamNamespace) : IStreamNamespacePredicate
    {
        public string PredicatePattern => $"namespace:{streamNamespace}";
        public bool IsMatch(string candidate) => string.Equals(candidate, streamNamespace, StringComparison.Ordinal);
    }

    internal sealed class AllStreamNamespacesPredicate : IStreamNamespacePredicate
    {
        public string PredicatePattern => "*";
        public bool IsMatch(string streamNamespace) => true;
    }
}

namespace Orleans.Streams.Core
{
    /// <summary>A grain that is told, in a turn of its own, of a subscription for which this activation has no observer yet.</summary>
    public interface IStreamSubscriptionObserver
    {
        /// <summary>Attaches an observer: <c>handleFactory.Create&lt;T&gt;().ResumeAsync(...)</c>. If it does not, the items are dropped.</summary>
        Task OnSubscribed(IStreamSubscriptionHandleFactory handleFactory);
    }

    /// <summary>Makes the handle of one subscription, with the item type that the grain expects of the stream.</summary>
    public interface IStreamSubscriptionHandleFactory
    {
        StreamId StreamId { get; }
        string ProviderName { get; }
        GuidId SubscriptionId { get; }
        StreamSubscriptionHandle<T> Create<T>();
    }
}
