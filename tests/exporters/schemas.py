"""What of published schemas concerns what is exported, written down by hand, as JSON Schema.

Kubernetes 1.34 (batch/v1 Job; names of objects, labels and annotations: apimachinery/pkg/api/validation); Kueue v0.19,
v1beta2 (apis/kueue/v1beta2/*_types.go); SkyPilot 0.14.1 (sky/utils/schemas.py, sky/task.py, sky/skylet/constants.py).
"""

from typing import Any

LABEL = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"
SUBDOMAIN = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$"
LABEL_VALUE = r"^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$"
NAME = r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?"
QUALIFIED = rf"^({SUBDOMAIN[1:-1]}/)?{NAME}$"
QUANTITY = r"^[1-9][0-9]*$"

LABEL_NAME = {"type": "string", "maxLength": 63, "pattern": LABEL}
OBJECT_NAME = {"type": "string", "maxLength": 253, "pattern": SUBDOMAIN}
STRINGS = {"type": "object", "propertyNames": {"pattern": QUALIFIED}, "additionalProperties": {"type": "string"}}
RESOURCES = {"type": "object", "propertyNames": {"pattern": QUALIFIED}, "minProperties": 1,
             "additionalProperties": {"type": "string", "pattern": QUANTITY}}  # fmt: skip


def closed(required: dict[str, Any], **more: Any) -> dict[str, Any]:
    """An object with these keys and no others; those of `more` may be left out."""
    return {
        "type": "object",
        "properties": {**required, **more},
        "required": list(required),
        "additionalProperties": False,
    }


JOB = closed({
    "apiVersion": {"const": "batch/v1"},
    "kind": {"const": "Job"},
    "metadata": closed({
        "name": LABEL_NAME,  # of an indexed Job: names of pods are made of it
        "namespace": LABEL_NAME,
        "labels": {**STRINGS, "additionalProperties": {"type": "string", "maxLength": 63, "pattern": LABEL_VALUE},
                   "required": ["kueue.x-k8s.io/queue-name", "kueue.x-k8s.io/priority-class"]},
        "annotations": STRINGS,
    }),
    "spec": closed({
        "suspend": {"const": True},
        "completionMode": {"enum": ["NonIndexed", "Indexed"]},
        "parallelism": {"type": "integer", "minimum": 1, "maximum": 100_000},
        "completions": {"type": "integer", "minimum": 1},
        "template": closed({"spec": closed({
            "restartPolicy": {"enum": ["Never", "OnFailure"]},
            "containers": {"type": "array", "minItems": 1, "items": closed({
                "name": LABEL_NAME,
                "image": {"type": "string", "minLength": 1, "pattern": r"^\S+$"},
                "resources": closed({"requests": RESOURCES, "limits": RESOURCES}),
            })},
        })}),
    }),
})  # fmt: skip

PRIORITY_CLASS = closed({
    "apiVersion": {"const": "kueue.x-k8s.io/v1beta2"},
    "kind": {"const": "WorkloadPriorityClass"},
    "metadata": closed({"name": OBJECT_NAME}),
    "value": {"type": "integer", "minimum": -(2**31), "maximum": 2**31 - 1},
    "description": {"type": "string", "maxLength": 2048},
})  # fmt: skip

MULTIKUEUE_CONFIG = closed({
    "apiVersion": {"const": "kueue.x-k8s.io/v1beta2"},
    "kind": {"const": "MultiKueueConfig"},
    "metadata": closed({"name": OBJECT_NAME}),
    "spec": closed({"clusters": {
        "type": "array", "minItems": 1, "maxItems": 20, "uniqueItems": True,
        "items": {"type": "string", "maxLength": 256, "pattern": SUBDOMAIN},
    }}),
})  # fmt: skip

ADMISSION_CHECK = closed({
    "apiVersion": {"const": "kueue.x-k8s.io/v1beta2"},
    "kind": {"const": "AdmissionCheck"},
    "metadata": closed({"name": OBJECT_NAME}),
    "spec": closed({
        "controllerName": {"const": "kueue.x-k8s.io/multikueue"},
        "parameters": closed({
            "apiGroup": {"const": "kueue.x-k8s.io"}, "kind": {"const": "MultiKueueConfig"},
            "name": {"type": "string", "maxLength": 63, "pattern": SUBDOMAIN},
        }),
    }),
})  # fmt: skip

KINDS = {
    "Job": JOB,
    "WorkloadPriorityClass": PRIORITY_CLASS,
    "MultiKueueConfig": MULTIKUEUE_CONFIG,
    "AdmissionCheck": ADMISSION_CHECK,
}

CLOUDS = ("aws", "azure", "gcp", "lambda", "nebius", "oci", "runpod", "slurm", "ssh")
"""Some of sky/skylet/constants.py, ALL_CLOUDS."""

INFRA = rf"^(?:(?:{'|'.join(CLOUDS)})(?:/[^/]+(?:/[^/]+)?)?|(?:kubernetes|k8s)(?:/.+)?)$"

PLACE = closed(
    {"infra": {"type": "string", "pattern": INFRA},
     "accelerators": {"type": "object", "maxProperties": 1, "minProperties": 1,
                      "additionalProperties": {"type": "number", "minimum": 1}}},
)  # fmt: skip

TASK = closed({
    "name": {"type": "string", "pattern": r"^[a-zA-Z0-9]+(?:[._-]{1,2}[a-zA-Z0-9]+)*$"},
    "num_nodes": {"type": "integer", "minimum": 1},
    "resources": closed({
        "priority": {"type": "integer", "minimum": -1000, "maximum": 1000},
        "ordered": {"type": "array", "minItems": 1, "items": PLACE},
    }),
})  # fmt: skip
